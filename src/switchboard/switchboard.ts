import { aborted, asFailure, Failure, type Clock, type Log } from '../base/index.ts'
import { Call, cdrOf, type Calling, type CallObserver, type Cdr, type Leg } from '../call/index.ts'
import { runFlow, type Callflows, type Flow, type Registry } from '../callflow/index.ts'
import { normalizeNumber } from '../number/index.ts'
import type { Directory, Endpoint, Subscriber, TrunkCall } from './directory.ts'
import { LegExchange } from './exchange.ts'
import { LiveCalls } from './live-calls.ts'
import { LiveFlow, type Redirection } from './live-flow.ts'
import { beginRedirected, findFlow, noteFlow, planOf, type Destination, type Plan } from './plan.ts'
import { storyLog } from './story-log.ts'

export interface SwitchboardOptions {
  readonly directory: Directory
  readonly callflows: Callflows
  readonly registry: Registry
  /** What reaches other parties: the driver of the calls. */
  readonly calling: Calling
  readonly clock: Clock
  readonly log: Log
  /** Told of every event of every call. They must not throw. */
  readonly observers: readonly CallObserver[]
  /** Told of every leg that is over: of calls that came in, answered or not, and of legs dialled for them. */
  readonly onCdr?: (cdr: Cdr, call: Call) => void
  /** The account of a call that comes by a trunk; undefined for calls from elsewhere. */
  readonly trunkCallOf?: (leg: Leg) => Promise<TrunkCall | undefined>
  /** What keeps a caller of ours from calling the number, if anything does: KAZOO's `call_restriction`. */
  readonly restrictionOf?: (call: Call) => Promise<string | undefined>
  /** Begins to record a call that is to be recorded, before its flow begins; `to`: where it goes. Never rejects. */
  readonly record?: (call: Call, to: 'onnet' | 'offnet') => Promise<void>
  /** Calls at one time; more are refused with 503. */
  readonly mostCalls: number
}

export interface Switchboard {
  /** Takes a call: give it to a driver's `listen`. */
  onCall(leg: Leg): void
  readonly calls: LiveCalls
  readonly exchange: LegExchange
  /** Refuses new calls, lets the others go on for at most `ms` milliseconds, then hangs them up. */
  drain(ms: number): Promise<void>
}

/** Finds the account and the callflow of each call that comes in, and runs it. */
export function newSwitchboard(options: SwitchboardOptions): Switchboard {
  const { clock, log, mostCalls } = options
  const calls = new LiveCalls(clock)
  const exchange: LegExchange = new LegExchange({
    calling: options.calling,
    clock,
    begin: (call, to, isKnown) => begin(call, to, isKnown, { ...options, calls }),
  })
  const board: Board = { ...options, calls, exchange }
  let taken = 0
  let isDraining = false
  const accept = async (leg: Leg): Promise<void> => {
    taken++
    try {
      await connect(leg, board)
    } catch (error) {
      if (leg.ended.aborted) return
      const failure = asFailure(error)
      log.error('switchboard.failed', { callId: leg.callId, code: failure.code, error: failure })
      await leg.reject(500)
    } finally {
      taken--
    }
  }
  return {
    calls,
    exchange,
    onCall(leg) {
      if (isDraining || taken >= mostCalls) {
        log.warn('switchboard.refused', { callId: leg.callId, why: isDraining ? 'draining' : 'full', mostCalls })
        void leg.reject(503)
        return
      }
      void accept(leg)
    },
    async drain(ms) {
      isDraining = true
      await calls.drain(ms)
    },
  }
}

interface Board extends SwitchboardOptions {
  readonly calls: LiveCalls
  readonly exchange: LegExchange
}

async function connect(leg: Leg, board: Board): Promise<void> {
  const { directory, clock, log, observers, calls, exchange } = board
  const overTrunk = leg.isAuthorized ? undefined : await board.trunkCallOf?.(leg)
  const subscriber = overTrunk?.subscriber ?? (await directory.subscriber((leg.authorizedAs ?? leg.request).realm))
  if (subscriber === undefined) {
    log.warn('switchboard.no-account', { callId: leg.callId, pii: { realm: leg.request.realm } })
    await leg.reject(404)
    return
  }
  const { account } = subscriber
  const endpoint = leg.isAuthorized
    ? await directory.endpoint(account.id, (leg.authorizedAs ?? leg.from).user)
    : undefined
  const number = overTrunk?.number ?? normalizeNumber(leg.request.user, account.country)
  const caller = endpoint?.caller ?? overTrunk?.caller
  const callLog = log.child({ callId: leg.callId, accountId: account.id })
  const call = new Call({
    leg,
    account,
    ...(caller === undefined ? {} : { caller }),
    number,
    clock,
    log: callLog,
    observers: [exchange.observe, storyLog, ...observers],
    onBesideEnded: (beside) => board.onCdr?.(cdrOf(beside), beside),
  })
  exchange.add(call)
  const live = new LiveFlow<Plan>(call)
  const over = attend(call, live, { ...board, subscriber, endpoint })
  calls.add(call, { over, become: (plan) => live.redirect(plan) })
  await over
}

interface Attendance extends Board {
  readonly subscriber: Subscriber
  readonly endpoint: Endpoint | undefined
}

async function attend(call: Call, live: LiveFlow<Plan>, attendance: Attendance): Promise<void> {
  const { callflows, onCdr, restrictionOf } = attendance
  const { leg } = call
  try {
    if (leg.replaces !== undefined) {
      await takePlace(call, leg.replaces, attendance)
      return
    }
    const destination = await findFlow(call, call.number, leg.request.user, { callflows, isKnown: leg.isAuthorized })
    if (destination === undefined) {
      call.log.warn('switchboard.no-flow', { pii: { number: call.number } })
      await leg.reject(404)
    } else if ((await restrictionOf?.(call)) !== undefined) {
      await refuse(call)
    } else if (!leg.ended.aborted) {
      await run(call, destination, live, attendance)
    }
    await aborted(leg.ended)
    await call.finished()
  } finally {
    live.close()
    if (leg.ended.aborted) onCdr?.(cdrOf(call), call)
  }
}

/**
 * A call that is to take the place of a leg of ours does so, and runs no flow. Only a phone of the account may.
 *
 * @source RFC 3891 section 3
 */
async function takePlace(call: Call, callId: string, { exchange, calling, clock }: Attendance): Promise<void> {
  const { leg } = call
  const replaced = exchange.find(callId)
  if (replaced === undefined || replaced.account.id !== call.account.id) {
    await leg.reject(481)
  } else if (!leg.isAuthorized) {
    await leg.reject(403)
  } else {
    try {
      await exchange.replace(replaced, call, { calling, clock, signal: leg.ended })
      await leg.hangup('NORMAL_CLEARING')
    } catch (error) {
      if (!leg.ended.aborted) await leg.reject(asFailure(error).code === 'CALL_ALONE' ? 481 : 503)
    }
  }
  await aborted(leg.ended)
}

/** Tells a caller that the number is not for them. @source KAZOO cf_route_win.erl, maybe_restrict_call */
async function refuse({ account, leg, log, number }: Call): Promise<void> {
  log.info('switchboard.call-restricted', { pii: { number } })
  const { id: accountId, language } = account
  await leg.answer()
  const prompt = { kind: 'prompt', accountId, name: 'cf-unauthorized_call', language } as const
  await leg.play(prompt, { signal: leg.ended }).catch((error: unknown) => {
    // Who is gone needs not be told; a prompt that cannot be played is on the call's story.
    if (!leg.ended.aborted) log.warn('switchboard.prompt-failed', { error: asFailure(error) })
  })
  await leg.hangup('NORMAL_CLEARING')
}

/** @source KAZOO cf_route_win.erl: what is set before the first node */
async function run(
  call: Call,
  { number, found }: Destination,
  live: LiveFlow<Plan>,
  attendance: Attendance,
): Promise<void> {
  const { registry, clock, record, subscriber, endpoint } = attendance
  const { leg, variables } = call
  leg.ring()
  variables.language = (endpoint?.language ?? call.account.language).toLowerCase()
  variables.ownerId = endpoint?.caller.ownerIds[0]
  noteFlow(call, number, found)
  call.note({ type: 'callflow.read', number, ...found, preflowId: subscriber.preflowId })
  call.tell({ type: 'flow.started', number, callflowId: found.id, name: found.name, language: variables.language })
  await record?.(call, found.isNoMatch ? 'offnet' : 'onnet')
  const flow = withPreflow(found.flow, subscriber.preflowId)
  await live.run({ flow, redirectedTo: undefined }, walkOf(call, { registry, clock }))
}

const walkOf =
  (call: Call, { registry, clock }: Pick<SwitchboardOptions, 'registry' | 'clock'>) =>
  async (plan: Plan, signal: AbortSignal): Promise<void> => {
    if (plan.redirectedTo !== undefined) beginRedirected(call, plan.redirectedTo)
    await runFlow(plan.flow, registry, { call, clock, signal, log: call.log })
  }

/** See {@link Begin}: a call that runs a flow leaves it for the new one, a leg that was called runs its first. */
async function begin(
  call: Call,
  to: Redirection,
  isKnown: boolean,
  board: SwitchboardOptions & { readonly calls: LiveCalls },
): Promise<() => Promise<void>> {
  const plan = await planOf(call, to, { callflows: board.callflows, isKnown })
  return async () => {
    if (to.to === 'number') {
      call.variables.requestUser = to.number
      call.variables.mayCallOutside = isKnown
    }
    const begun = board.calls.become(call, plan)
    if (begun !== undefined) return begun
    if (call.leg.ended.aborted) throw new Failure('CALL_GONE', { callId: call.id })
    const live = new LiveFlow<Plan>(call)
    const over = live
      .run(plan, walkOf(call, board))
      .then(() => aborted(call.leg.ended))
      .finally(() => live.close())
    board.calls.add(call, { over: over.then(() => undefined), become: (next) => live.redirect(next) })
  }
}

function withPreflow(flow: Flow, preflowId: string | undefined): Flow {
  if (preflowId === undefined) return flow
  return { module: 'callflow', data: { id: preflowId }, children: { _: flow } }
}
