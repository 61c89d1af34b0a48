import {
  Call,
  cdrOf,
  connect,
  talk,
  type Branch,
  type Cdr,
  type Connected,
  type DialPlan,
  type NotConnected,
  type Talked,
  type TalkOptions,
} from '../../src/call/index.ts'
import type { OpenHouse, World } from '../../src/transcript/index.ts'

/** What came of the calls of a {@link diallingHouse}. */
export interface Outcome {
  connected?: Connected | NotConnected
  talked?: Talked
  /** Why it was not carried through. */
  thrown?: unknown
  call?: Call
  readonly cdrs: Cdr[]
}

export type PlanOf = (world: World) => DialPlan

/** A house that connects each caller as `planOf` says, lets them talk, and hangs up; no callflow is looked at. */
export function diallingHouse(
  planOf: PlanOf,
  outcome: Outcome,
  how: Pick<TalkOptions, 'timeLimitMs' | 'hangupKey'> & { readonly signal?: AbortSignal } = {},
): OpenHouse {
  return (world) => ({
    onCall(leg) {
      const { clock, log, observers, calling } = world
      const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }
      const onBesideEnded = (beside: Call): unknown => outcome.cdrs.push(cdrOf(beside))
      const call = new Call({ leg, account, number: leg.request.user, clock, log, observers, onBesideEnded })
      call.variables.application.set('ticket', 7)
      call.variables.exported.add('ticket')
      outcome.call = call
      const options = { calling, clock, signal: how.signal ?? leg.ended }
      const attend = async (): Promise<void> => {
        outcome.connected = await connect(call, planOf(world), options)
        if (outcome.connected.kind === 'connected') {
          outcome.talked = await talk(call, outcome.connected.callee, { ...how, ...options })
        }
      }
      attend()
        .catch((error: unknown) => (outcome.thrown = error))
        .finally(() => {
          const { connected } = outcome
          void leg.hangup(connected?.kind === 'failed' ? connected.cause : 'NORMAL_CLEARING')
        })
    },
  })
}

/** A branch to the device `username`, as phones usually ring. */
export const branchTo = (username: string, branch: Partial<Branch> = {}): Branch => ({
  target: { kind: 'device', accountId: 'A1', deviceId: `device-${username}`, username, realm: 'a1.example' },
  callerId: { name: 'Ann Lee', number: '2001', realm: 'a1.example', isPrivate: false },
  headers: {},
  callee: { number: username },
  delayMs: 0,
  timeoutMs: 20_000,
  ignoreEarlyMedia: false,
  ...branch,
})

export const planOf = (branches: readonly Branch[], plan: Partial<DialPlan> = {}): DialPlan => ({
  branches,
  strategy: 'simultaneous',
  timeoutMs: 30_000,
  answer: 'with-callee',
  ...plan,
})
