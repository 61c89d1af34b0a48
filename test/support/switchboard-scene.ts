import { Type } from 'typebox'
import { silentLog, type Clock } from '../../src/base/index.ts'
import type { CallEvent, CallObserver, Cdr, Driver, Party } from '../../src/call/index.ts'
import {
  child,
  defineAction,
  newRegistry,
  type Action,
  type Callflows,
  type Flow,
  type FoundFlow,
} from '../../src/callflow/index.ts'
import { newSwitchboard, type Directory, type Switchboard } from '../../src/switchboard/index.ts'

export const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }

export const party = (user: string): Party => ({ user, realm: account.realm })

export const action = (module: string, run: Parameters<typeof defineAction>[0]['run']): Action =>
  defineAction({
    module,
    summary: module,
    source: 'this test',
    data: Type.Object({}),
    children: {},
    example: { module },
    run,
  })

export const music = action('music', async (_, { call, signal }) => {
  await call.leg.answer()
  await call.leg.play({ kind: 'url', url: 'https://m.example/long.mp3' }, { signal, times: Infinity })
  return child()
})

export const node = (module: string, next?: Flow): Flow => ({
  module,
  data: {},
  children: next === undefined ? {} : { _: next },
})

export const foundFlow = (id: string, flow: Flow, isNoMatch = false): FoundFlow => ({
  id,
  name: `Flow ${id}`,
  flow,
  isNoMatch,
  captureGroup: undefined,
  captureGroups: {},
})

const directory: Directory = {
  subscriber: async () => ({ account, preflowId: undefined }),
  endpoint: async () => undefined,
}

export interface SwitchboardSceneOptions {
  readonly clock: Clock
  readonly calling: Driver
  readonly callflows: Callflows
  readonly actions: readonly Action[]
  readonly observers?: readonly CallObserver[]
}

/** A switchboard of one account that knows nobody's phone; `events` and `cdrs` grow. */
export function switchboardScene({ clock, calling, callflows, actions, observers = [] }: SwitchboardSceneOptions) {
  const events: CallEvent[] = []
  const cdrs: Cdr[] = []
  const switchboard: Switchboard = newSwitchboard({
    directory,
    callflows,
    registry: newRegistry(actions),
    clock,
    log: silentLog,
    calling,
    observers: [(event) => events.push(event), ...observers],
    onCdr: (cdr) => cdrs.push(cdr),
    mostCalls: 10,
  })
  return { switchboard, events, cdrs }
}
