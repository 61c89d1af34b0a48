import type { Call } from '../call/index.ts'
import type { Position } from './document.ts'

/** Says what is wrong with a document that runs all the same, with Twilio's code. */
export type Warn = (at: Position, code: number, message: string) => void

/** Twilio's codes that belong to no single attribute. */
export const codes = {
  badUrl: 11100,
  cannotFetch: 11200,
  /** Unknown or misplaced element or attribute. */
  schema: 12200,
  internal: 12400,
  /** A document that is carried out on a callee cannot dial. */
  dialInWhisper: 13201,
  /** Nouns that cannot stand together. */
  dialMixed: 13000,
  conferenceFull: 16020,
  coach: 13240,
  /** Cannot be done while waiting for a conference. */
  waitVerb: 13238,
  dialNesting: 13215,
  dialRecord: 13217,
  numberForm: 13223,
  /** Nobody can be called by this number or name. */
  unreachable: 13224,
  sipUri: 13243,
  tooManyParties: 13250,
  sipHeader: 13252,
  sipHeaderLength: 13253,
  /** A SIP address where calls may not go. */
  sipForbidden: 13254,
  /** Nobody can be referred on this call. */
  refer: 13801,
  gatherNesting: 13320,
  cannotPlay: 13420,
  language: 13512,
  speechText: 13520,
  speechTooLong: 13521,
  queueNameShort: 14204,
  queueNameLong: 14205,
  queueFull: 14207,
  dialledQueueNameShort: 14212,
  dialledQueueNameLong: 14213,
  /** A reservation of Twilio's TaskRouter, which is not here. */
  reservation: 14215,
  /** A workflow of Twilio's TaskRouter. */
  workflow: 14220,
  startNesting: 14300,
} as const

const mostWarnings = 50

/** Warnings become part of the call's story: at most 50 a document, so that none can flood it. */
export function warnOn(call: Call): Warn {
  let warnings = 0
  return ({ line, column }, code, message) => {
    if (++warnings <= mostWarnings) call.tell({ type: 'twiml.warned', code, line, column, message })
  }
}
