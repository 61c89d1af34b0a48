import Type from 'typebox'
import { asFailure, follow, Outcome, unlessAborted, within } from '../../base/index.ts'
import { talk, type MediaSource } from '../../call/index.ts'
import type { Member, Queue } from '../../queues/index.ts'
import { attributeReader, method, recognised, url } from '../attributes.ts'
import { checkInside } from '../check.ts'
import { childrenOf, textOf, type TwimlElement } from '../document.ts'
import { isQueueName, longestQueueName } from '../queue/name.ts'
import type { Method } from '../session.ts'
import { resolveUrl } from '../verb.ts'
import { codes, type Warn } from '../warnings.ts'
import type { DialContext, DialOrder } from './dial.ts'
import type { DialResult } from './result.ts'

/** A queue whose first caller is to be talked with. */
export interface QueueNoun {
  readonly name: string
  /** Carried out on whoever comes out of the queue, before the two are connected. */
  readonly whisper?: { readonly url: string; readonly method: Method }
}

const readAttributes = attributeReader(
  'Queue',
  Type.Object({
    url: url('What whoever comes out of the queue hears before being connected'),
    method,
    reservationSid: recognised('A reservation of Twilio’s TaskRouter'),
    postWorkActivitySid: recognised('What a worker of Twilio’s TaskRouter does next'),
  }),
  { url: codes.badUrl },
)

/** The queue of a `<Dial>`, and warnings of what is wrong with it; undefined when it names none. */
export function readQueueNoun(dial: TwimlElement, warn: Warn): QueueNoun | undefined {
  const [element, ...others] = childrenOf(dial).filter(({ name }) => name === 'Queue')
  if (element === undefined) return undefined
  const { url: whisper, method, reservationSid, postWorkActivitySid } = readAttributes(element, warn)
  checkInside(element, warn)
  if (reservationSid !== undefined || postWorkActivitySid !== undefined) {
    warn(element, codes.reservation, 'there is no TaskRouter: whoever is first in the queue is connected')
  }
  for (const other of others) warn(other, codes.dialNesting, '<Dial> has one <Queue>: this one is skipped')
  const name = textOf(element)
  if (name === '') warn(element, codes.dialledQueueNameShort, '<Queue> names no queue')
  if (name.length > longestQueueName) {
    warn(element, codes.dialledQueueNameLong, `the name of a queue has at most ${longestQueueName} characters`)
  }
  return { name, ...(whisper === undefined ? {} : { whisper: { url: whisper, method } }) }
}

export interface QueueDialResult extends DialResult {
  readonly sid: string | undefined
}

/**
 * Connects the caller with the first of a queue, or whoever comes first while the caller waits. A caller who goes
 * meanwhile has a result too: see `call.leg.ended`.
 *
 * @throws `context.signal`'s reason, when that is not the caller's Hangup
 */
export async function dialQueue(noun: QueueNoun, order: DialOrder, context: DialContext): Promise<QueueDialResult> {
  const { call, signal, dialling, log, warn, at } = context
  const { name } = noun
  if (!isQueueName(name)) return { ...unbridged, status: 'failed', sid: undefined }
  const queue = dialling.queues.open({ accountId: call.account.id, name })
  const attempt = new Attempt(queue, noun, order, context)
  try {
    return { ...(await attempt.run()), sid: queue.sid }
  } catch (error) {
    if (!call.leg.ended.aborted) signal.throwIfAborted()
    if (attempt.talkedWith !== undefined) return { ...attempt.talked(), sid: queue.sid }
    if (call.leg.ended.aborted) return { ...unbridged, status: 'canceled', sid: queue.sid }
    const { code, fault, message } = asFailure(error)
    warn(at, codes.internal, `<Dial> failed: ${message}`)
    log.error('dial.failed', { code, fault, error })
    return { ...unbridged, status: 'failed', sid: queue.sid }
  }
}

const unbridged = { callee: undefined, isBridged: false, sipStatus: undefined } as const
const usualRingback: MediaSource = { kind: 'tone', spec: '%(2000,4000,440,480)' }
const mostWhisperMs = 300_000

class Attempt {
  readonly #queue: Queue
  readonly #noun: QueueNoun
  readonly #order: DialOrder
  readonly #context: DialContext
  readonly #quiet = new AbortController()
  #ringback: Promise<void> | undefined
  talkedWith: Member | undefined
  #begunAt = 0

  constructor(queue: Queue, noun: QueueNoun, order: DialOrder, context: DialContext) {
    this.#queue = queue
    this.#noun = noun
    this.#order = order
    this.#context = context
  }

  async run(): Promise<DialResult> {
    const { call, clock, signal } = this.#context
    const { answersOnBridge, timeoutMs } = this.#order
    if (answersOnBridge) call.leg.ring()
    else await call.leg.answer()
    const endsAt = clock.now() + timeoutMs
    const unfollow = follow(signal, this.#quiet)
    try {
      for (;;) {
        signal.throwIfAborted()
        const member = this.#queue.takeFirst()
        if (member !== undefined && (await this.#serve(member))) return this.talked()
        if (member === undefined && !(await this.#somebody(endsAt - clock.now()))) {
          return { ...unbridged, status: 'no-answer' }
        }
      }
    } finally {
      unfollow()
      await this.#stopRinging()
    }
  }

  talked(): DialResult {
    const talkedMs = this.#context.clock.now() - this.#begunAt
    return { status: 'completed', callee: this.talkedWith?.call, isBridged: true, sipStatus: 200, talkedMs }
  }

  /** @returns whether somebody may be there before the time is up */
  async #somebody(leftMs: number): Promise<boolean> {
    const { clock, signal } = this.#context
    if (leftMs <= 0) return false
    this.#ring()
    const late = new Outcome('nobody came')
    try {
      await within(
        { clock, ms: leftMs, signal },
        () => late,
        (either) => this.#queue.somebody(either),
      )
      return true
    } catch (error) {
      if (error === late) return false
      throw error
    }
  }

  /** @returns whether the two have talked; else the member waits on, or is gone */
  async #serve(member: Member): Promise<boolean> {
    const { call, clock, signal, dialling } = this.#context
    const { timeLimitMs, hangupKey } = this.#order
    const { calling } = dialling
    try {
      if (!(await this.#prepare(member))) return false
      await this.#stopRinging()
      await call.leg.answer()
      if (member.gone.aborted || call.leg.ended.aborted) return false
      member.begin()
      this.talkedWith = member
      this.#begunAt = clock.now()
      await talk(call, member.call, {
        calling,
        clock,
        signal,
        timeLimitMs,
        release: (isTaken) => member.end(isTaken),
        ...(hangupKey === undefined ? {} : { hangupKey }),
      })
      return true
    } finally {
      member.putBack()
      member.end(false)
    }
  }

  /** Waits until the member hears nothing of its wait, and lets it hear what it is to hear now. */
  async #prepare(member: Member): Promise<boolean> {
    const { call, clock, signal, dialling, url, warn, at } = this.#context
    const { whisper } = this.#noun
    const stop = new AbortController()
    const undo = [follow(signal, stop), follow(member.gone, stop)]
    try {
      await unlessAborted(member.ready, stop.signal)
      if (whisper === undefined) return true
      this.#ring()
      const place = {
        url: resolveUrl(whisper.url, url),
        method: whisper.method,
        parameters: {
          QueueSid: this.#queue.sid,
          QueueTime: String(Math.round(member.waitedMs / 1000)),
          DequeingCallSid: call.id,
        },
      }
      const late = (): Error => new Outcome('the whisper took too long')
      const stays = await within({ clock, ms: mostWhisperMs, signal: stop.signal }, late, (either) =>
        dialling.screen(member.call, place, either),
      )
      if (!stays) await member.call.leg.hangup('NORMAL_CLEARING')
      return stays
    } catch (error) {
      signal.throwIfAborted()
      if (member.gone.aborted) return false
      // Whoever has waited for their turn does not lose it because of a web server.
      const { code, message } = asFailure(error)
      warn(at, codes.cannotFetch, `what whoever comes out of the queue hears cannot be had: ${message}`)
      call.log.warn('dial.whisper-failed', { code })
      return true
    } finally {
      for (const unfollow of undo) unfollow()
    }
  }

  /** The caller hears that somebody is waited for, once answered; a phone that is not answered rings by itself. */
  #ring(): void {
    const { leg } = this.#context.call
    if (leg.state !== 'answered') return
    const { ringback = usualRingback } = this.#order
    this.#ringback ??= leg.play(ringback, { signal: this.#quiet.signal, times: Infinity }).catch(() => undefined) // Stopped, or not to be heard: the leg's story says why.
  }

  async #stopRinging(): Promise<void> {
    this.#quiet.abort(new Outcome('somebody is there'))
    await this.#ringback
  }
}
