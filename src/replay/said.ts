import { lineOf } from '../transcript/index.ts'
import { mediaName, type RecordedEvent } from './event.ts'

/** An event as a line of the story, and what of it is compared besides the line. */
export interface Said {
  readonly line: string
  readonly more?: unknown
}

const say = (who: string, what: string, more?: unknown): Said => ({ line: lineOf({ who, what }), more })

/** Undefined for events that say nothing about how the call went, or that may come at any time. */
export function saidOf(event: RecordedEvent): Said | undefined {
  switch (event.type) {
    case 'leg.ringing':
      return say('server', 'rings')
    case 'leg.early':
      return say('server', 'opens early media')
    case 'leg.answered':
      return say('server', 'answers')
    case 'leg.ended':
      return event.by === 'server'
        ? say('server', `hangs up ${event.cause} (${event.sipStatus})`)
        : say('caller', 'is gone')
    case 'digit.received':
      return say('caller', `presses ${event.isHidden === true ? 'a key' : event.digit}`)
    case 'digits.sent':
      return say('server', `sends digits ${event.digits}`)
    case 'media.started':
      return say('caller', `hears ${mediaName(event.media)}`, voiceOf(event.media))
    case 'media.ended':
      return say('caller', `${event.how === 'finished' ? 'has heard' : 'no longer hears'} ${mediaName(event.media)}`)
    case 'media.failed':
      return say('caller', `misses ${mediaName(event.media)} ${event.code}`)
    case 'recording.started':
      return say('server', 'records')
    case 'recording.ended':
      return say('server', `recorded ${event.durationMs} ms until ${event.endedBy}`)
    case 'call-recording.started':
      return say('server', 'records the call')
    case 'call-recording.masked':
      return say('server', `${event.isMasked ? 'masks' : 'unmasks'} the recording`)
    case 'call-recording.ended':
      return say('server', `no longer records the call (${event.endedBy})`)
    case 'flow.started':
      return say('flow', [event.number, event.callflowId, event.name].filter(Boolean).join(' '))
    case 'node.started':
      return say('node', event.module, event.data)
    case 'node.skipped':
      return say('node', `skipped ${event.module} ${event.why}`)
    case 'node.failed':
      return say('node', `failed ${event.module} ${event.code}`)
    case 'node.ended':
      return say('node', [event.module, 'goes on with', event.go, event.key].filter(Boolean).join(' '))
    case 'variables.set':
      return say('variables', '', event.variables)
    case 'pivot.asked':
      return say('webhook', `is asked ${event.method} ${event.url} (${event.iteration}, attempt ${event.attempt})`)
    case 'pivot.answered':
      return say('webhook', `says ${event.status} ${event.dialect}`)
    case 'pivot.failed':
      return say('webhook', `failed ${event.code}`)
    case 'cdr.requested':
      return say('cdr', `is wanted at ${event.url}`)
    case 'verb.started':
      return say('verb', `${event.verb} at ${event.line}:${event.column}`)
    case 'twiml.warned':
      return say('warning', `${event.code} at ${event.line}:${event.column}`)
    case 'flow.redirected':
    case 'webhook.called':
    case 'lookup.answered':
    case 'pivot.debug':
    case 'call.described':
    case 'callflow.read':
    case 'document.read':
    case 'reading.omitted':
      return undefined
  }
}

/** Who speaks is compared where something is spoken. */
function voiceOf(media: Extract<RecordedEvent, { type: 'media.started' }>['media']): unknown {
  return media.kind === 'speech' ? { voice: media.voice, language: media.language } : undefined
}

/** How logs hide a value: three asterisks, or one for each character that somebody dialled or said. */
const isHidden = (recorded: unknown, value: unknown): boolean =>
  typeof recorded === 'string' &&
  (recorded === '***' || (/^\*+$/.test(recorded) && typeof value === 'string' && value.length === recorded.length))

/**
 * Is everything that was recorded there again? What a newer version adds is no difference, and what the log hides is
 * equal to anything.
 */
export function isAgain(recorded: unknown, value: unknown): boolean {
  if (isHidden(recorded, value)) return true
  if (typeof recorded !== 'object' || recorded === null) return recorded === value
  if (typeof value !== 'object' || value === null || Array.isArray(recorded) !== Array.isArray(value)) return false
  if (Array.isArray(recorded) && Array.isArray(value) && recorded.length !== value.length) return false
  const values = new Map<string, unknown>(Object.entries(value))
  return Object.entries(recorded).every(([key, inner]) => isAgain(inner, values.get(key)))
}
