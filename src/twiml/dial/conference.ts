import { asFailure, isFailure } from '../../base/index.ts'
import type { Digit, MediaSource } from '../../call/index.ts'
import type { Entry } from '../../conferences/index.ts'
import type { Parameters } from '../session.ts'
import { resolveUrl } from '../verb.ts'
import { codes } from '../warnings.ts'
import { conferenceSid, tellingConference, type Callbacks } from './conference-callbacks.ts'
import type { ConferenceNoun } from './conference-noun.ts'
import type { DialContext } from './dial.ts'

/** What a Dial says about the caller's stay. */
export interface ConferenceOrder {
  readonly timeLimitMs: number
  /** Leads out of the conference. */
  readonly hangupKey?: Digit
  /** The Dial wants to be recorded, whatever the noun says. */
  readonly isRecorded: boolean
}

const beeps: { readonly enter: MediaSource; readonly exit: MediaSource } = {
  enter: { kind: 'tone', spec: '%(150,50,660);%(200,0,880)' },
  exit: { kind: 'tone', spec: '%(150,50,880);%(200,0,660)' },
}

/**
 * Lets the caller be in a conference until they leave. A caller who goes meanwhile has a result too: see
 * `call.leg.ended`.
 *
 * @returns what `action` is told
 * @throws `context.signal`'s reason, when that is not the caller's Hangup
 * @source Twilio <Conference>; KAZOO kzt_twiml_dial.erl, dial_conference
 */
export async function joinConference(
  noun: ConferenceNoun,
  order: ConferenceOrder,
  context: DialContext,
): Promise<Parameters> {
  const { call, dialling, signal, log, warn } = context
  const failed = { DialCallStatus: 'failed', DialBridged: 'false', FriendlyName: noun.name }
  try {
    await call.leg.answer()
    const { conferenceId, why } = await dialling.conferences.attend(call, entryOf(noun, order, context), signal)
    log.info('dial.conference-left', { conferenceId, why })
    return {
      DialCallStatus: 'answered',
      DialBridged: 'true',
      ConferenceSid: conferenceSid(conferenceId),
      FriendlyName: noun.name,
    }
  } catch (error) {
    if (call.leg.ended.aborted) return failed
    signal.throwIfAborted()
    const { code, fault, message } = asFailure(error)
    const isFull = isFailure(error, 'CONFERENCE_FULL')
    warn(noun.at, isFull ? codes.conferenceFull : codes.internal, `<Conference> cannot be joined: ${message}`)
    log.warn('dial.conference-failed', { code, fault })
    return failed
  }
}

function entryOf(noun: ConferenceNoun, order: ConferenceOrder, context: DialContext): Entry {
  const { call } = context
  const { beep, participantLabel: label, startConferenceOnEnter: isStarter } = noun
  const isRecorded = order.isRecorded || noun.record === 'record-from-start' || noun.record === 'true'
  return {
    conference: {
      key: noun.id ?? noun.name,
      name: noun.name,
      mostParticipants: noun.maxParticipants,
      waitsForModerator: true,
      needsModerator: false,
      staysOpen: true,
      ...(isRecorded ? { recording: { trim: noun.trim === 'trim-silence' } } : {}),
      observe: tellingConference(absolute(noun, context.url), (to, method, parameters) =>
        context.notify(to, method, parameters),
      ),
    },
    role: isStarter ? 'moderator' : 'member',
    endsConference: noun.endConferenceOnExit,
    isMuted: noun.muted,
    isDeaf: noun.deaf,
    ...(label === undefined ? {} : { label }),
    welcome: [],
    alone: [],
    arrival: beep === 'true' || beep === 'onEnter' ? [beeps.enter] : [],
    departure: beep === 'true' || beep === 'onExit' ? [beeps.exit] : [],
    notices: {},
    controls: new Map(order.hangupKey === undefined ? [] : [[order.hangupKey, 'leave' as const]]),
    timeLimitMs: order.timeLimitMs,
    wait: (signal, conferenceId) => wait(noun, conferenceId, signal, context, call.account.id),
  }
}

async function wait(
  noun: ConferenceNoun,
  conferenceId: string,
  signal: AbortSignal,
  { call, dialling, url }: DialContext,
  accountId: string,
): Promise<void> {
  if (noun.waitsInSilence) return
  if (noun.waitUrl === undefined) {
    const { language } = call.variables
    const music: MediaSource = { kind: 'prompt', accountId, name: 'music-on-hold', language }
    await call.leg.play(music, { signal, times: Infinity })
    return
  }
  const at = { url: resolveUrl(noun.waitUrl, url), method: noun.waitMethod }
  const parameters = { ConferenceSid: conferenceSid(conferenceId), FriendlyName: noun.name }
  await dialling.entertain(at, parameters, signal)
}

/** Callbacks go where the document that comes first says. */
function absolute(noun: ConferenceNoun, base: string): Callbacks {
  const of = (reference: string | undefined): string | undefined =>
    reference === undefined ? undefined : resolveUrl(reference, base)
  const { statusCallback, recordingStatusCallback, eventCallbackUrl, ...others } = noun
  const urls = {
    statusCallback: of(statusCallback),
    recordingStatusCallback: of(recordingStatusCallback),
    eventCallbackUrl: of(eventCallbackUrl),
  }
  return { ...others, ...Object.fromEntries(Object.entries(urls).filter(([, one]) => one !== undefined)) }
}
