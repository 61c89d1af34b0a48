import { pivot } from '../actions/index.ts'
import { Failure, silentLog, systemClock } from '../base/index.ts'
import type { Recordings } from '../call/index.ts'
import type { Registry } from '../callflow/index.ts'
import { demoAccount, MemoryDocuments } from '../documents/index.ts'
import { newSimulator } from '../drivers/simulator/index.ts'
import { openHouse } from '../house.ts'
import { openDeliveries, type Http } from '../http/index.ts'

/** All actions, to be read and not to be run: there is no outside world behind them. */
export function knownActions(): Registry {
  const http: Http = async ({ url }) => {
    throw new Failure('HTTP_CONNECT', { url, reason: 'documents are only read here' })
  }
  const recordings: Recordings = {
    keep: async () => {
      throw new Failure('RECORDING_FAILED', { problem: 'documents are only read here' })
    },
    discard: async () => undefined,
  }
  const deliveries = openDeliveries({ http, clock: systemClock, log: silentLog })
  return openHouse({
    clock: systemClock,
    log: silentLog,
    account: demoAccount,
    documents: new MemoryDocuments(),
    recordings,
    calling: newSimulator({ clock: systemClock }),
    deliveries,
    http,
    notices: { tell: async () => false },
    onCdr: () => undefined,
    observers: [],
    mayDial: async () => false,
    pivot: (inside) => pivot({ http, recordings, deliveries, ...inside }),
  }).registry
}
