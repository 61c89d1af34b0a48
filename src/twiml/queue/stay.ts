import { aborted, asFailure, follow, Outcome, unlessAborted } from '../../base/index.ts'
import { talk, waitForPartner, type Call, type MediaSource } from '../../call/index.ts'
import { Dismissed, Taken, type Member, type Queue } from '../../queues/index.ts'
import type { Position } from '../document.ts'
import type { Dialling, Parameters, Place } from '../session.ts'
import type { RunContext } from '../verb.ts'
import { codes } from '../warnings.ts'
import { isQueueName } from './name.ts'

/** Twilio's words for how a stay in a queue ended. */
export type QueueResult =
  'bridged' | 'leave' | 'hangup' | 'redirected' | 'redirected-from-bridged' | 'queue-full' | 'error' | 'system-error'

/** The context of a verb that can reach others. */
interface QueueContext extends RunContext {
  readonly dialling: Dialling
}

/** How somebody is to wait, and where. */
export interface StayOrder {
  readonly name: string
  /** What is heard meanwhile. */
  readonly wait: Place | 'music' | 'silence'
  readonly mostMembers: number
  /** Where the verb stands. */
  readonly at: Position
}

export interface Stay {
  readonly result: QueueResult
  /** Of a call that was in the queue: which one, and how long it waited. */
  readonly sid?: string
  readonly waitedMs?: number
}

/**
 * Lets the call wait in a queue, and talk with whoever takes it out. A caller who goes, or is sent elsewhere, meanwhile has
 * a result too: see `call.leg.ended` and `signal`.
 */
export async function stay(order: StayOrder, context: QueueContext): Promise<Stay> {
  const { call, dialling, warn } = context
  const { name, at } = order
  if (!isQueueName(name)) return { result: 'error' }
  const queue = dialling.queues.open({ accountId: call.account.id, name })
  queue.mostMembers = order.mostMembers
  const member = queue.isFull ? undefined : await enter(queue, context)
  if (member === undefined) {
    if (call.leg.ended.aborted) return { result: 'hangup' }
    warn(at, codes.queueFull, `the queue ${name} is full`)
    tellLeft(queue, undefined, 'queue-full', call)
    return { result: 'queue-full' }
  }
  call.tell({ type: 'queue.entered', queue: name, queueId: queue.sid, position: queue.positionOf(member) })
  const result = await waitAndTalk(queue, member, order, context).catch((error: unknown) =>
    resultOf(error, member, at, context),
  )
  member.leave()
  tellLeft(queue, member, result, call)
  return { result, sid: queue.sid, waitedMs: member.waitedMs }
}

/** Whoever has answered may wait: the last place may be taken meanwhile. */
async function enter(queue: Queue, { call }: QueueContext): Promise<Member | undefined> {
  await call.leg.answer()
  return call.leg.ended.aborted ? undefined : queue.enter(call)
}

function tellLeft(queue: Queue, member: Member | undefined, result: QueueResult, call: Call): void {
  const { name, sid, size } = queue
  const waitedMs = member?.waitedMs ?? 0
  if (!call.leg.ended.aborted) call.tell({ type: 'queue.left', queue: name, queueId: sid, result, waitedMs, size })
}

async function waitAndTalk(
  queue: Queue,
  member: Member,
  order: StayOrder,
  context: QueueContext,
): Promise<QueueResult> {
  const { call, clock, signal, dialling } = context
  for (;;) {
    const how = await wait(queue, member, order, context)
    if (how === 'leave' || how === 'error') return how
    if (how !== 'taken') {
      // Somebody has picked the call up.
      member.begin()
      await talk(call, how, { calling: dialling.calling, clock, signal })
      return 'bridged'
    }
    const outcome = await unlessAborted(member.attended(), signal)
    call.leg.takeDigits()
    if (outcome === 'talked') return 'bridged'
    if (outcome !== 'back') throw (await aborted(signal)) as Error
    queue.waitAgain(member)
  }
}

/** @returns who was given to the call to talk with, `taken` when somebody takes it out, or what its documents wanted */
async function wait(
  queue: Queue,
  member: Member,
  order: StayOrder,
  context: QueueContext,
): Promise<Call | 'taken' | 'leave' | 'error'> {
  const { call, signal } = context
  const over = new AbortController()
  const undo = [follow(signal, over), follow(member.taken, over)]
  const meanwhile = async (until: AbortSignal): Promise<void> => {
    try {
      await hear(queue, member, order, context, until)
      over.abort(new WaitOver('leave'))
    } catch (error) {
      if (until.aborted) return
      const { code, message } = asFailure(error)
      context.warn(order.at, codes.cannotFetch, `what a waiting caller hears cannot be had: ${message}`)
      context.log.warn('enqueue.wait-failed', { code })
      over.abort(new WaitOver('error'))
    }
  }
  try {
    return await waitForPartner(call, { signal: over.signal, meanwhile })
  } catch (error) {
    if (error instanceof Taken) return 'taken'
    if (error instanceof Dismissed) return 'leave'
    if (error instanceof WaitOver) return error.how
    throw error
  } finally {
    for (const unfollow of undo) unfollow()
  }
}

/** Why a wait ended that nobody has ended from outside. */
class WaitOver extends Outcome {
  readonly how: 'leave' | 'error'
  constructor(how: 'leave' | 'error') {
    super(how)
    this.how = how
  }
}

/** Resolves when the documents let the call leave. */
async function hear(
  queue: Queue,
  member: Member,
  { wait }: StayOrder,
  { call, dialling }: QueueContext,
  signal: AbortSignal,
): Promise<void> {
  const again = { signal, times: Infinity }
  if (wait === 'music') await call.leg.play(musicFor(call), again).catch(() => undefined)
  else if (wait !== 'silence') {
    if (!isSoundFile(wait.url)) return dialling.waitInQueue(wait, () => parametersOf(queue, member), signal)
    await call.leg.play({ kind: 'url', url: wait.url }, again)
  }
  throw (await aborted(signal)) as Error
}

const musicFor = ({ account, variables }: Call): MediaSource => ({
  kind: 'prompt',
  accountId: account.id,
  name: 'music-on-hold',
  language: variables.language,
})

const isSoundFile = (url: string): boolean =>
  URL.canParse(url) && /\.(?:mp3|wav|aiff?|au|ulaw|alaw)$/i.test(new URL(url).pathname)

/** @source Twilio <Enqueue>, parameters of `waitUrl` */
const parametersOf = (queue: Queue, member: Member): Parameters => ({
  QueuePosition: String(queue.positionOf(member)),
  QueueSid: queue.sid,
  QueueTime: seconds(member.waitedMs),
  AvgQueueTime: seconds(queue.averageWaitMs),
  CurrentQueueSize: String(queue.size),
  MaxQueueSize: String(queue.mostMembers),
})

const seconds = (ms: number): string => String(Math.round(ms / 1000))

/** What became of a call whose stay was cut off. */
function resultOf(error: unknown, { hasTalked }: Member, at: Position, context: QueueContext): QueueResult {
  const { call, signal, log, warn } = context
  if (call.leg.ended.aborted) return hasTalked ? 'bridged' : 'hangup'
  if (signal.aborted) return hasTalked ? 'redirected-from-bridged' : 'redirected'
  const { code, fault, message } = asFailure(error)
  warn(at, codes.internal, `<Enqueue> failed: ${message}`)
  log.error('enqueue.failed', { code, fault, error })
  return 'system-error'
}
