import { Type, type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { nameOf } from '../call/index.ts'

const text = Type.String()
const texts = Type.Record(Type.String(), Type.String())
const count = Type.Integer({ minimum: 0 })
const party = Type.Object({ user: text, realm: text, name: Type.Optional(text) })

/** What every event says besides what happened. */
const common = {
  sequence: Type.Integer({ minimum: 1 }),
  atMs: Type.Number({ minimum: 0 }),
  callId: text,
  accountId: text,
}

const event = <const N extends string, P extends Record<string, TSchema>>(type: N, fields: P) =>
  Type.Object({ type: Type.Literal(type), ...common, ...fields })

const media = Type.Union([
  Type.Object({ kind: Type.Literal('stored'), accountId: text, id: text }),
  Type.Object({ kind: Type.Literal('prompt'), accountId: text, name: text, language: text }),
  Type.Object({ kind: Type.Literal('url'), url: text }),
  Type.Object({ kind: Type.Literal('speech'), text, voice: text, language: text }),
  Type.Object({ kind: Type.Literal('tone'), spec: text }),
  Type.Object({ kind: Type.Literal('silence'), ms: Type.Number() }),
  Type.Object({ kind: Type.Literal('recording') }),
])

export type RecordedMedia = Static<typeof media>

export const mediaName = (media: RecordedMedia): string => (media.kind === 'recording' ? 'recording' : nameOf(media))

const debugRecord = Type.Object({
  uri: text,
  method: Type.Enum(['get', 'post']),
  req_headers: texts,
  req_body: text,
  resp_status_code: Type.Optional(text),
  resp_headers: Type.Optional(texts),
  resp_body: Type.Optional(text),
  resp_body_bytes: Type.Optional(count),
  resp_body_base64: Type.Optional(text),
  final_url: Type.Optional(text),
})

export type RecordedExchange = Static<typeof debugRecord>

const question = { url: text, iteration: count, attempt: count }
const flow = { number: Type.Optional(text), callflowId: Type.Optional(text), name: Type.Optional(text) }
const warning = { code: Type.Integer(), line: count, column: count }

/** The events that a replay knows, with what it needs of them; others are passed over. */
const forms = {
  'call.described': event('call.described', {
    form: Type.Integer(),
    arrivedAt: Type.Number(),
    from: party,
    to: party,
    request: party,
    headers: texts,
    isAuthorized: Type.Boolean(),
    source: text,
    userAgent: Type.Optional(text),
    account: Type.Object({ id: text, realm: text, language: text, timezone: text, country: text }),
    caller: Type.Object({
      authorizingId: Type.Optional(text),
      authorizingType: Type.Optional(text),
      ownerIds: Type.Array(text),
    }),
  }),
  'callflow.read': event('callflow.read', {
    number: Type.Optional(text),
    id: Type.Optional(text),
    name: Type.Optional(text),
    flow: Type.Optional(Type.Unknown()),
    isNoMatch: Type.Optional(Type.Boolean()),
    captureGroup: Type.Optional(text),
    captureGroups: Type.Optional(texts),
    preflowId: Type.Optional(text),
  }),
  'document.read': event('document.read', {
    collection: text,
    id: text,
    document: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  }),
  'reading.omitted': event('reading.omitted', { what: text }),
  'leg.ringing': event('leg.ringing', {}),
  'leg.early': event('leg.early', {}),
  'leg.answered': event('leg.answered', {}),
  'leg.ended': event('leg.ended', { by: text, cause: text, sipStatus: Type.Integer() }),
  'digit.received': event('digit.received', { digit: text, isHidden: Type.Optional(Type.Boolean()) }),
  'digits.sent': event('digits.sent', { digits: text }),
  'media.started': event('media.started', { media }),
  'media.ended': event('media.ended', { media, how: Type.Enum(['finished', 'stopped']) }),
  'media.failed': event('media.failed', { media, code: text }),
  'recording.started': event('recording.started', { silenceMs: Type.Optional(count) }),
  'recording.ended': event('recording.ended', {
    durationMs: Type.Number({ minimum: 0 }),
    endedBy: text,
    hadSpeech: Type.Optional(Type.Boolean()),
  }),
  'call-recording.started': event('call-recording.started', {}),
  'call-recording.masked': event('call-recording.masked', { isMasked: Type.Boolean() }),
  'call-recording.ended': event('call-recording.ended', { endedBy: text }),
  'flow.started': event('flow.started', { ...flow, language: Type.Optional(text) }),
  'flow.redirected': event('flow.redirected', flow),
  'node.started': event('node.started', { module: text, data: Type.Unknown() }),
  'node.skipped': event('node.skipped', { module: text, why: text }),
  'node.failed': event('node.failed', { module: text, code: text }),
  'node.ended': event('node.ended', { module: text, go: text, key: Type.Optional(text) }),
  'variables.set': event('variables.set', { variables: Type.Record(Type.String(), Type.Unknown()) }),
  'pivot.asked': event('pivot.asked', { ...question, method: text }),
  'pivot.answered': event('pivot.answered', { ...question, status: Type.Integer(), dialect: text }),
  'pivot.failed': event('pivot.failed', { ...question, code: text, details: Type.Unknown() }),
  'pivot.debug': event('pivot.debug', { record: debugRecord }),
  'lookup.answered': event('lookup.answered', {
    url: text,
    status: Type.Optional(Type.Integer()),
    body: Type.Optional(text),
    code: Type.Optional(text),
  }),
  'cdr.requested': event('cdr.requested', { url: text }),
  'webhook.called': event('webhook.called', {
    url: text,
    status: Type.Optional(Type.Integer()),
    code: Type.Optional(text),
  }),
  'verb.started': event('verb.started', { verb: text, line: count, column: count }),
  'twiml.warned': event('twiml.warned', { ...warning, message: text }),
}

type Forms = typeof forms
type EventType = keyof Forms

/** An event of a debug log. */
export type RecordedEvent = { [T in EventType]: Static<Forms[T]> }[EventType]

export type RecordedOf<T extends EventType> = Extract<RecordedEvent, { type: T }>

/** An event that a replay has no use for: what it says of every event is enough. */
const otherEvent = Type.Object({ type: text, ...common })

const known = Compile(Type.Union(Object.values(forms)))
const other = Compile(otherEvent)
const validators = new Map(Object.entries(forms).map(([type, schema]) => [type, Compile(schema)]))

export type ReadEvent =
  | { readonly event: RecordedEvent }
  | { readonly passedOver: Static<typeof otherEvent> }
  | { readonly at: string; readonly problem: string }

/** Reads one event. Never throws: says with a JSON path what is wrong with it. */
export function readEvent(value: unknown): ReadEvent {
  if (!other.Check(value)) return firstProblem(other.Errors(value))
  const validator = validators.get(value.type)
  if (validator === undefined) return { passedOver: value }
  if (known.Check(value)) return { event: value }
  return firstProblem(validator.Errors(value))
}

function firstProblem(errors: readonly { readonly instancePath: string; readonly message: string }[]): {
  readonly at: string
  readonly problem: string
} {
  const [first] = errors
  return { at: first?.instancePath === '' ? '/' : (first?.instancePath ?? '/'), problem: first?.message ?? 'is wrong' }
}
