import { aborted, asFailure, Failure, type Clock, type Log } from '../base/index.ts'
import { Call, cdrOf, type CallObserver, type Cdr, type Leg } from '../call/index.ts'
import { runFlow, type Callflows, type Flow, type FoundFlow, type Registry } from '../callflow/index.ts'
import { normalizeNumber } from '../number/index.ts'
import type { Directory, Endpoint, Subscriber } from './directory.ts'
import { LiveCalls } from './live-calls.ts'
import { LiveFlow, type Redirection } from './live-flow.ts'
import { storyLog } from './story-log.ts'

export interface SwitchboardOptions {
  readonly directory: Directory
  readonly callflows: Callflows
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
  /** Told of every event of every call. They must not throw. */
  readonly observers: readonly CallObserver[]
  /** Told of every leg that is over: of calls that came in, answered or not, and of legs dialled for them. */
  readonly onCdr?: (cdr: Cdr, call: Call) => void
  /** Calls at one time; more are refused with 503. */
  readonly mostCalls: number
}

export interface Switchboard {
  /** Takes a call: give it to a driver's `listen`. */
  onCall(leg: Leg): void
  readonly calls: LiveCalls
  /** Refuses new calls, lets the others go on for at most `ms` milliseconds, then hangs them up. */
  drain(ms: number): Promise<void>
}

/** Finds the account and the callflow of each call that comes in, and runs it. */
export function newSwitchboard(options: SwitchboardOptions): Switchboard {
  const { clock, log, mostCalls } = options
  const calls = new LiveCalls(clock)
  let taken = 0
  let isDraining = false
  const accept = async (leg: Leg): Promise<void> => {
    taken++
    try {
      await connect(leg, options, calls)
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

/** What a leg is connected to. */
interface Destination {
  readonly number: string
  readonly found: FoundFlow
}

async function connect(leg: Leg, options: SwitchboardOptions, calls: LiveCalls): Promise<void> {
  const { directory, clock, log, observers } = options
  const subscriber = await directory.subscriber((leg.authorizedAs ?? leg.request).realm)
  if (subscriber === undefined) {
    log.warn('switchboard.no-account', { callId: leg.callId, pii: { realm: leg.request.realm } })
    await leg.reject(404)
    return
  }
  const { account } = subscriber
  const endpoint = leg.isAuthorized
    ? await directory.endpoint(account.id, (leg.authorizedAs ?? leg.from).user)
    : undefined
  const number = normalizeNumber(leg.request.user, account.country)
  const callLog = log.child({ callId: leg.callId, accountId: account.id })
  const call = new Call({
    leg,
    account,
    ...(endpoint === undefined ? {} : { caller: endpoint.caller }),
    number,
    clock,
    log: callLog,
    observers: [storyLog, ...observers],
    onBesideEnded: (beside) => options.onCdr?.(cdrOf(beside), beside),
  })
  const live = new LiveFlow<Plan>(call)
  const over = attend(call, live, { ...options, subscriber, endpoint })
  calls.add(call, { over, redirect: async (to) => live.redirect(await planOf(call, to, options.callflows)) })
  await over
}

interface Attendance extends SwitchboardOptions {
  readonly subscriber: Subscriber
  readonly endpoint: Endpoint | undefined
}

async function attend(call: Call, live: LiveFlow<Plan>, attendance: Attendance): Promise<void> {
  const { callflows, onCdr } = attendance
  const { leg } = call
  try {
    const destination = await findFlow(call, call.number, leg.request.user, callflows)
    if (destination === undefined) {
      call.log.warn('switchboard.no-flow', { pii: { number: call.number } })
      await leg.reject(404)
    } else if (!leg.ended.aborted) {
      await run(call, destination, live, attendance)
    }
    await aborted(leg.ended)
  } finally {
    live.close()
  }
  onCdr?.(cdrOf(call), call)
}

/** The flow of the number as normalized, else as dialled; flows for all other numbers only answer known callers. */
async function findFlow(
  call: Call,
  number: string,
  dialled: string,
  callflows: Callflows,
): Promise<Destination | undefined> {
  const { leg, account } = call
  const numbers = number === dialled ? [number] : [number, dialled]
  let fallback: Destination | undefined
  for (const candidate of numbers) {
    const found = await callflows.find(account.id, candidate)
    if (found === undefined) continue
    if (!found.isNoMatch) return { number: candidate, found }
    fallback ??= { number: candidate, found }
  }
  return leg.isAuthorized ? fallback : undefined
}

/** @source KAZOO cf_route_win.erl: what is set before the first node */
async function run(
  call: Call,
  { number, found }: Destination,
  live: LiveFlow<Plan>,
  attendance: Attendance,
): Promise<void> {
  const { registry, clock, subscriber, endpoint } = attendance
  const { leg, variables } = call
  leg.ring()
  variables.language = (endpoint?.language ?? call.account.language).toLowerCase()
  variables.ownerId = endpoint?.caller.ownerIds[0]
  noteFlow(call, number, found)
  call.note({ type: 'callflow.read', number, ...found, preflowId: subscriber.preflowId })
  call.tell({ type: 'flow.started', number, callflowId: found.id, name: found.name, language: variables.language })
  const flow = withPreflow(found.flow, subscriber.preflowId)
  await live.run({ flow, redirectedTo: undefined }, async (plan, signal) => {
    if (plan.redirectedTo !== undefined) beginRedirected(call, plan.redirectedTo)
    await runFlow(plan.flow, registry, { call, clock, signal, log: call.log })
  })
}

function noteFlow({ variables }: Call, number: string, found: FoundFlow): void {
  variables.callflowId = found.id
  variables.callflowName = found.name ?? number
  variables.captureGroup = found.captureGroup
  variables.captureGroups = found.captureGroups
  variables.isNoMatch = found.isNoMatch
}

/** A flow to run, and where the call was redirected to when that is why. */
interface Plan {
  readonly flow: Flow
  readonly redirectedTo: Partial<Destination> | undefined
}

/** @throws DOCUMENT_NOT_FOUND */
async function planOf(call: Call, to: Redirection, callflows: Callflows): Promise<Plan> {
  if (to.to === 'flow') return { flow: to.flow, redirectedTo: {} }
  if (to.to === 'callflow') {
    const found = await callflows.get(call.account.id, to.id)
    if (found === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection: 'callflows', id: to.id })
    return { flow: found.flow, redirectedTo: { found } }
  }
  const destination = await findFlow(call, normalizeNumber(to.number, call.account.country), to.number, callflows)
  if (destination === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection: 'callflows', id: to.number })
  return { flow: destination.found.flow, redirectedTo: destination }
}

function beginRedirected(call: Call, { number, found }: Partial<Destination>): void {
  if (found !== undefined) noteFlow(call, number ?? found.id, found)
  call.tell({ type: 'flow.redirected', number, callflowId: found?.id, name: found?.name })
}

function withPreflow(flow: Flow, preflowId: string | undefined): Flow {
  if (preflowId === undefined) return flow
  return { module: 'callflow', data: { id: preflowId }, children: { _: flow } }
}
