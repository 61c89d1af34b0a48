import { nameOf, type CallEvent, type CallObserver } from '../call/index.ts'
import type { FactKind } from './transcript.ts'

/** What a request carried. */
export interface Carried {
  readonly headers: Readonly<Record<string, string>>
  /** Query, form or JSON, flattened: `Digits[pin]` → `12`. */
  readonly parameters: ReadonlyMap<string, string>
  /** The body as JSON, or the variables that were set. */
  readonly json: unknown
}

/** Something that happened, as a transcript says it. */
export interface Fact {
  readonly kind: FactKind
  readonly who: string
  readonly what: string
  /** Other ways to say it. */
  readonly aliases: readonly string[]
  /** The clock's milliseconds. */
  readonly at: number
  readonly carried: Carried | undefined
}

/** A line of a transcript: who, then what. */
export const lineOf = ({ who, what }: { readonly who: string; readonly what: string }): string =>
  `${who.padEnd(8)} ${what}`.trimEnd()

export const nothingCarried: Carried = { headers: {}, parameters: new Map(), json: undefined }

type Said = Pick<Fact, 'kind' | 'who' | 'what'> & { readonly aliases?: readonly string[]; readonly carried?: Carried }

/**
 * Tells `tell` what the events of calls are in a transcript; events that no transcript mentions are left out.
 *
 * @param callers who calls, by the identifier of their call; whoever is not in it is the caller
 */
export function storyteller(
  now: () => number,
  tell: (fact: Fact, event: CallEvent) => void,
  callers: ReadonlyMap<string, string> = new Map(),
): CallObserver {
  const answered = new Set<string>()
  const callees = new Map<string, string>()
  const nameOfCall = (callId: string): string => callees.get(callId) ?? callers.get(callId) ?? 'caller'
  const bridges = new Bridges(nameOfCall)
  return (event) => {
    const { callId } = event
    if (event.type === 'leg.answered') answered.add(callId)
    if (event.type === 'leg.dialled') callees.set(callId, event.target)
    const callee = callees.get(callId)
    const caller = callers.get(callId) ?? 'caller'
    const isAnswered = answered.has(callId)
    const said =
      event.type === 'bridge.began'
        ? bridges.saying(event)
        : event.type === 'eavesdrop.began'
          ? listening(`lets ${nameOfCall(callId)} listen to ${nameOfCall(event.otherCallId)}`)
          : event.type === 'eavesdrop.changed'
            ? listening(`lets ${nameOfCall(callId)} speak to ${event.speaksTo}`)
            : callee !== undefined
              ? sayingOfCallee(event, isAnswered, callee)
              : caller === 'caller'
                ? sayingOf(event, isAnswered)
                : sayingOfFurther(event, isAnswered, caller)
    if (event.type === 'leg.ended') {
      answered.delete(callId)
      callees.delete(callId)
    }
    if (said !== undefined) tell({ aliases: [], carried: undefined, ...said, at: now() }, event)
  }
}

/** Who hears whom. Both legs of a bridge are told of it, one after the other; a transcript says it once. */
class Bridges {
  readonly #nameOf: (callId: string) => string
  /** Bridges that the other leg has yet to be told of. */
  readonly #halfTold = new Set<string>()

  constructor(nameOf: (callId: string) => string) {
    this.#nameOf = nameOf
  }

  saying({ callId, otherCallId, isEarly }: CallEvent & { type: 'bridge.began' }): Said | undefined {
    if (this.#halfTold.delete(`${otherCallId} ${callId}`)) return undefined
    this.#halfTold.add(`${callId} ${otherCallId}`)
    const how = isEarly ? ' early' : ''
    const names = [this.#nameOf(callId), this.#nameOf(otherCallId)]
    const [one = 'caller', two] = names.filter((name) => name !== 'caller')
    if (two === undefined) return { ...bridging, what: `bridges ${one}${how}`, aliases: [`bridges${how}`] }
    return { ...bridging, what: `bridges ${two} with ${one}${how}`, aliases: [`bridges ${one} with ${two}${how}`] }
  }
}

const listening = (what: string): Said => ({ kind: 'listens', who: 'server', what })

const bridging = { kind: 'bridges', who: 'server' } as const

function sayingOf(event: CallEvent, isAnswered: boolean): Said | undefined {
  switch (event.type) {
    case 'leg.ringing':
      return { kind: 'rings', who: 'server', what: 'rings' }
    case 'leg.early':
      return { kind: 'early', who: 'server', what: 'opens early media' }
    case 'leg.answered':
      return { kind: 'answers', who: 'server', what: 'answers' }
    case 'leg.ended':
      return endOf(event, isAnswered)
    case 'digits.sent':
      return { kind: 'sends', who: 'server', what: `sends digits ${event.digits}` }
    case 'transfer.reported':
      return { kind: 'transfers', who: 'server', what: `reports transfer ${event.sipStatus}` }
    case 'transfer.asked':
      return { kind: 'transfers', who: 'server', what: `refers to ${event.target}` }
    case 'media.started':
      return event.media.kind === 'silence'
        ? undefined
        : { kind: 'hears', who: 'caller', what: `hears ${nameOf(event.media)}` }
    case 'media.failed':
      return withDetail('media', 'caller', `misses ${nameOf(event.media)}`, event.code)
    case 'recording.started':
      return { kind: 'records', who: 'server', what: 'records' }
    case 'recording.ended':
      return { kind: 'recorded', who: 'server', what: `recorded ${event.durationMs} ms` }
    case 'call-recording.started':
      return { kind: 'records', who: 'server', what: 'records the call' }
    case 'call-recording.masked':
      return { kind: 'records', who: 'server', what: `${event.isMasked ? 'masks' : 'unmasks'} the recording` }
    case 'call-recording.ended':
      return { kind: 'recorded', who: 'server', what: `recorded ${event.durationMs} ms of the call` }
    case 'node.started':
      return { kind: 'node', who: 'node', what: event.module }
    case 'node.skipped':
      return { kind: 'node', who: 'node', what: `skipped ${event.module}` }
    case 'node.failed':
      return withDetail('node', 'node', `failed ${event.module}`, event.code)
    case 'variables.set':
      return {
        kind: 'variables',
        who: 'variables',
        what: JSON.stringify(event.variables),
        aliases: [''],
        carried: { ...nothingCarried, json: event.variables },
      }
    case 'pivot.failed':
      return { kind: 'failed', who: 'webhook', what: `failed ${event.code}`, aliases: ['failed'] }
    case 'cdr.posted':
      return { kind: 'cdr', who: 'cdr', what: `posted to ${event.url}` }
    case 'webhook.called':
      return withDetail('called', 'webhook', `called ${event.url}`, event.code ?? String(event.status ?? ''))
    case 'notice.told':
      return withDetail('notice', 'notice', event.notice, `to ${event.to.join(', ')}`)
    case 'edr.told':
      return {
        kind: 'edr',
        who: 'edr',
        what: JSON.stringify(event.data),
        aliases: [''],
        carried: { ...nothingCarried, json: event.data },
      }
    case 'verb.started':
      return { kind: 'verb', who: 'verb', what: event.verb }
    case 'twiml.warned':
      return withDetail('warning', 'warning', String(event.code), `at ${event.line}:${event.column}`)
    case 'dial.failed':
      return withCause('dials', `cannot dial ${event.target}`, event.code)
    case 'conference.joined':
      return { kind: 'joins', who: 'caller', what: `joins conference ${event.conference}` }
    case 'conference.left':
      return { kind: 'leaves', who: 'caller', what: `leaves conference ${event.conference}` }
    case 'conference.played':
      return { kind: 'hears', who: 'caller', what: `hears ${nameOf(event.media)}` }
    case 'call.parked':
      return { kind: 'parked', who: 'server', what: `parks at ${event.slot}` }
    case 'call.unparked':
      return withCause('parked', `unparks from ${event.slot}`, event.how)
    case 'queue.entered':
      return withDetail('queue', 'caller', `enters queue ${event.queue}`, `at position ${event.position}`)
    case 'queue.left':
      return withDetail('queue', 'caller', `leaves queue ${event.queue}`, event.result)
    case 'bridge.began':
    case 'eavesdrop.began':
    case 'eavesdrop.changed':
    case 'eavesdrop.ended':
    case 'leg.dialled':
    case 'conference.changed':
    case 'bridge.ended':
    case 'leg.held':
    case 'leg.resumed':
    case 'transfer.requested':
    case 'digit.received':
    case 'media.ended':
    case 'flow.started':
    case 'flow.redirected':
    case 'node.ended':
    case 'lookup.asked':
    case 'lookup.answered':
    case 'pivot.asked':
    case 'pivot.answered':
    case 'pivot.debug':
    case 'cdr.requested':
    case 'call.described':
    case 'callflow.read':
    case 'document.read':
    case 'reading.omitted':
      return undefined
  }
}

/** What happens on the leg of somebody whom we called. What they do themselves was said by the transcript. */
function sayingOfCallee(event: CallEvent, isAnswered: boolean, name: string): Said | undefined {
  switch (event.type) {
    case 'leg.dialled':
      return { kind: 'dials', who: 'server', what: `dials ${name}` }
    case 'leg.ringing':
      return { kind: 'rung', who: 'callee', what: `${name} rings` }
    case 'leg.ended':
      if (event.by !== 'server') return { kind: 'gone', who: 'callee', what: `${name} is gone` }
      return withCause('drops', isAnswered ? `hangs up on ${name}` : `cancels ${name}`, event.cause)
    case 'digits.sent':
      return { kind: 'sends', who: 'server', what: `sends digits ${event.digits} to ${name}` }
    case 'transfer.reported':
      return { kind: 'transfers', who: 'server', what: `reports transfer ${event.sipStatus} to ${name}` }
    case 'transfer.asked':
      return { kind: 'transfers', who: 'server', what: `refers ${name} to ${event.target}` }
    case 'media.started':
      return event.media.kind === 'silence'
        ? undefined
        : { kind: 'hears', who: 'callee', what: `${name} hears ${nameOf(event.media)}` }
    case 'media.failed':
      return withDetail('media', 'callee', `${name} misses ${nameOf(event.media)}`, event.code)
    case 'recording.started':
      return { kind: 'records', who: 'server', what: `records ${name}` }
    case 'call-recording.started':
      return { kind: 'records', who: 'server', what: `records the call of ${name}` }
    case 'leg.early':
    case 'leg.answered':
      return undefined
    default:
      return asIfBy(sayingOf(event, isAnswered), (what) => ({ who: 'callee', what: `${name} ${what}` }))
  }
}

/** What is said of the caller, said of somebody else. */
const asIfBy = (said: Said | undefined, by: (what: string) => Pick<Said, 'who' | 'what'>): Said | undefined =>
  said?.who === 'caller' ? { ...said, ...by(said.what) } : said

/** What happens on the leg of somebody who calls besides the caller. */
function sayingOfFurther(event: CallEvent, isAnswered: boolean, name: string): Said | undefined {
  switch (event.type) {
    case 'leg.ringing':
      return { kind: 'rings', who: 'server', what: `rings ${name}` }
    case 'leg.early':
      return { kind: 'early', who: 'server', what: `opens early media for ${name}` }
    case 'leg.answered':
      return { kind: 'answers', who: 'server', what: `answers ${name}` }
    case 'leg.ended':
      return endOfFurther(event, isAnswered, name)
    case 'digits.sent':
    case 'recording.started':
    case 'call-recording.started':
    case 'transfer.reported':
    case 'transfer.asked':
      return sayingOfCallee(event, isAnswered, name)
    default:
      return asIfBy(sayingOf(event, isAnswered), (what) => ({ who: name, what }))
  }
}

/** A saying that may be written with or without its detail. */
const withDetail = (kind: FactKind, who: string, what: string, detail: string): Said => ({
  kind,
  who,
  what,
  aliases: [`${what} ${detail}`],
})

/** What the server does, and why, which may be left out. */
const withCause = (kind: FactKind, what: string, cause: string): Said => ({
  kind,
  who: 'server',
  what: `${what} ${cause}`,
  aliases: [what],
})

function endOf({ by, cause, sipStatus }: CallEvent & { type: 'leg.ended' }, isAnswered: boolean): Said {
  if (by === 'caller') return { kind: 'gone', who: 'caller', what: 'is gone' }
  const hangsUp = { kind: 'ends', who: by === 'server' ? 'server' : 'network', what: `hangs up ${cause}` } as const
  if (isAnswered || by !== 'server') return { ...hangsUp, aliases: ['hangs up'] }
  return { ...hangsUp, what: `rejects ${sipStatus}`, aliases: ['rejects', hangsUp.what, 'hangs up'] }
}

function endOfFurther(
  { by, cause, sipStatus }: CallEvent & { type: 'leg.ended' },
  isAnswered: boolean,
  name: string,
): Said {
  if (by === 'caller') return { kind: 'gone', who: name, what: 'is gone' }
  const hangsUp = withCause('drops', `hangs up on ${name}`, cause)
  if (isAnswered || by !== 'server') return { ...hangsUp, who: by === 'server' ? 'server' : 'network' }
  return { kind: 'ends', who: 'server', what: `rejects ${name} ${sipStatus}`, aliases: [`rejects ${name}`] }
}
