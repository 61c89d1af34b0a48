import { asFailure, Outcome, within } from '../../base/index.ts'
import {
  connect,
  talk,
  type Branch,
  type Call,
  type CallEvent,
  type Digit,
  type MediaSource,
  type NotConnected,
} from '../../call/index.ts'
import type { Position } from '../document.ts'
import type { Dialling } from '../session.ts'
import { resolveUrl, type RunContext } from '../verb.ts'
import { codes } from '../warnings.ts'
import type { Noun } from './nouns.ts'
import { tellingProgress } from './progress.ts'
import { dialStatusOf, type DialResult, type DialStatus } from './result.ts'

/** How somebody is to be called. */
export interface DialOrder {
  /** How long each attempt may ring. */
  readonly timeoutMs: number
  readonly timeLimitMs: number
  /** The caller is answered only when somebody else is. */
  readonly answersOnBridge: boolean
  /** One noun after another instead of all at once. */
  readonly isSequential: boolean
  /** Shown to the callee instead of the caller's. */
  readonly callerId?: string
  readonly hangupKey?: Digit
  /** Heard by the caller over and over, whatever the callee's side plays. */
  readonly ringback?: MediaSource
}

/** The context of a verb that can call somebody. */
export interface DialContext extends RunContext {
  readonly dialling: Dialling
  /** Where the verb stands. */
  readonly at: Position
}

const digitMs = 200
/** Nobody hears ringback for longer because of what a callee is asked. */
const mostScreeningMs = 300_000

/**
 * Calls `nouns`, connects the caller with whoever answers first, and lets them talk. A caller who goes meanwhile has a
 * result too: see `call.leg.ended`.
 *
 * @throws `context.signal`'s reason, when that is not the caller's Hangup
 */
export async function dialParties(nouns: readonly Noun[], order: DialOrder, context: DialContext): Promise<DialResult> {
  const { call, signal, at, log, warn } = context
  const watch = new Watch()
  const attempts = order.isSequential ? nouns.map((noun) => [noun]) : [nouns]
  try {
    let result = watch.failed(nobody)
    for (const attempt of attempts) {
      const failed = await tryOnce(attempt, order, context, watch)
      if (failed === undefined) return watch.talked()
      result = watch.failed(failed)
    }
    return result
  } catch (error) {
    if (call.leg.ended.aborted) return watch.abandoned()
    signal.throwIfAborted()
    // The web server is told all the same: it counts on being asked for what comes next.
    const { code, fault, message } = asFailure(error)
    warn(at, codes.internal, `<Dial> failed: ${message}`)
    log.error('dial.failed', { code, fault, error })
    return watch.broken()
  }
}

/** @returns why nobody was connected, or undefined when somebody was and the two have talked */
async function tryOnce(
  nouns: readonly Noun[],
  order: DialOrder,
  context: DialContext,
  watch: Watch,
): Promise<NotConnected | undefined> {
  const { call, clock, signal, dialling } = context
  const { calling } = dialling
  const found: Branch[] = []
  for (const noun of nouns) found.push(...(await branchesOf(noun, order, context, watch)))
  if (found.length === 0) return nobody
  const { timeoutMs, timeLimitMs, answersOnBridge, ringback, hangupKey } = order
  const hearsOwn = ringback !== undefined || found.length > 1
  const outcome = await connect(
    call,
    {
      branches: hearsOwn ? found.map((branch) => ({ ...branch, ignoreEarlyMedia: true })) : found,
      strategy: 'simultaneous',
      timeoutMs,
      answer: answersOnBridge ? 'with-callee' : 'first',
      ...(ringback === undefined ? {} : { ringback }),
    },
    { calling, clock, signal },
  )
  if (outcome.kind === 'failed') return outcome
  watch.connected(outcome.callee)
  await talk(call, outcome.callee, {
    calling,
    clock,
    signal,
    timeLimitMs,
    ...(hangupKey === undefined ? {} : { hangupKey }),
  })
  return undefined
}

const nobody: NotConnected = { kind: 'failed', cause: 'NO_ROUTE_DESTINATION', sipStatus: undefined, results: [] }

/** The ways to a noun, each with what is special about it. */
async function branchesOf(
  noun: Noun,
  { timeoutMs, callerId }: DialOrder,
  context: DialContext,
  watch: Watch,
): Promise<readonly Branch[]> {
  const { call, dialling, url, warn } = context
  const branches = await dialling.reach(noun.party, { call, timeoutMs, callerId })
  if (branches.length === 0) {
    const isSip = noun.party.kind === 'sip'
    const why = isSip ? 'calls may not go there' : 'nobody has this number or name, or may be called'
    warn(noun.at, isSip ? codes.sipForbidden : codes.unreachable, `${noun.tag} reaches nobody: ${why}`)
  }
  const { progress } = noun
  return branches.map((branch): Branch => {
    const tell =
      progress === undefined
        ? undefined
        : tellingProgress({ ...progress, url: resolveUrl(progress.url, url) }, dialling)
    return {
      ...branch,
      ...screening(noun, branch, context),
      observe: (event, callee) => {
        watch.observe(event, callee)
        tell?.(event, callee)
        branch.observe?.(event, callee)
      },
    }
  })
}

/** What a callee goes through between the answer and the caller. */
function screening(
  { sendDigits, whisper }: Noun,
  branch: Branch,
  { clock, dialling, url }: DialContext,
): Pick<Branch, 'screen'> {
  const { screen } = branch
  if (sendDigits === undefined && whisper === undefined) return {}
  const ask = async (callee: Call, signal: AbortSignal): Promise<boolean> => {
    if (sendDigits !== undefined) await callee.leg.sendDigits(sendDigits, { durationMs: digitMs, signal })
    if (screen !== undefined && !(await screen(callee, signal))) return false
    if (whisper === undefined) return true
    return dialling.screen(callee, { url: resolveUrl(whisper.url, url), method: whisper.method }, signal)
  }
  const late = (): Error => new Outcome('the callee was asked for too long')
  return {
    screen: (callee, signal) => within({ clock, ms: mostScreeningMs, signal }, late, (either) => ask(callee, either)),
  }
}

/** What became of the calls of one Dial. */
class Watch {
  #callee: Call | undefined
  #isBridged = false
  /** What a far end has refused with. */
  #refusal: number | undefined

  observe(event: CallEvent, callee: Call): void {
    if (event.type === 'leg.dialled') this.#callee = callee
    if (event.type === 'leg.ended' && event.by === 'callee') this.#refusal = event.sipStatus
  }

  connected(callee: Call): void {
    this.#callee = callee
    this.#isBridged = true
  }

  talked(): DialResult {
    return { status: 'completed', callee: this.#callee, isBridged: true, sipStatus: 200 }
  }

  failed({ cause, sipStatus }: NotConnected): DialResult {
    return this.#unbridged(dialStatusOf(cause, sipStatus))
  }

  /** Something went wrong on our side. */
  broken(): DialResult {
    return this.#isBridged ? this.talked() : this.#unbridged('failed')
  }

  /** The caller has gone. */
  abandoned(): DialResult {
    return this.#isBridged ? this.talked() : this.#unbridged('canceled')
  }

  #unbridged(status: DialStatus): DialResult {
    return { status, callee: this.#callee, isBridged: false, sipStatus: this.#refusal }
  }
}
