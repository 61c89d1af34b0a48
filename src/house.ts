import { allActions, pivot, type Notices } from './actions/index.ts'
import { asFailure, type Clock, type Log } from './base/index.ts'
import type { Call, Calling, CallObserver, Cdr, Exchange, Recordings } from './call/index.ts'
import { newRegistry, type Action, type Callflows, type Document, type Registry } from './callflow/index.ts'
import { openConferences, type Conferences } from './conferences/index.ts'
import { CallflowIndex, DocumentDirectory, type WatchedDocuments } from './documents/index.ts'
import { openAutomaticRecording, openOutside, restrictionOf } from './endpoints/index.ts'
import { openDeliveries, shownUrl, type Deliveries, type Http } from './http/index.ts'
import { cdrDelivery, openParties, type PivotPorts } from './pivot/index.ts'
import { Queues } from './queues/index.ts'
import { newSwitchboard, type Switchboard, type SwitchboardOptions } from './switchboard/index.ts'
import type { World } from './transcript/index.ts'

export interface HouseOptions {
  readonly clock: Clock
  readonly log: Log
  /** Whose calls to realms of nobody are. */
  readonly account: Document | undefined
  readonly documents: WatchedDocuments
  readonly recordings: Recordings
  /** What reaches other parties: the driver that calls arrive by. */
  readonly calling: Calling
  readonly observers: readonly CallObserver[]
  /** Carries what the action `webhook` tells. */
  readonly deliveries: Deliveries
  /** Asks web servers what callflows look up there. */
  readonly http: Http
  /** Tells people of calls. */
  readonly notices: Notices
  /** Told of every call that is over. */
  readonly onCdr: (cdr: Cdr, call: Call) => void
  readonly mostCalls?: number
  /** Whose a call is that comes by a trunk. */
  readonly trunkCallOf?: SwitchboardOptions['trunkCallOf']
  /** Whether calls may go to a host, which a SIP address names. */
  readonly mayDial: (host: string) => Promise<boolean>
  /** The action `pivot`; the registry is there once calls are. */
  readonly pivot: (inside: Pick<PivotPorts, 'registry' | 'dialling'>) => Action
}

export interface House extends Switchboard {
  readonly registry: Registry
  readonly callflows: Callflows
  readonly directory: DocumentDirectory
  readonly conferences: Conferences
  readonly queues: Queues
}

const usuallyMostCalls = 2_000

/** Everything between the drivers and the outside world: callflows, their actions, and who answers which number. */
export function openHouse(options: HouseOptions): House {
  const { clock, log, account, documents, recordings, calling, observers, deliveries, http, notices, onCdr } = options
  const { mostCalls = usuallyMostCalls, mayDial } = options
  const directory = new DocumentDirectory(account, documents)
  const laterCallflows = later(() => callflows)
  const outside = openOutside({ operatorId: directory.account.id, mayDial, clock })
  const conferences = openConferences({ clock, log, calling, recordings })
  const exchange = laterExchange(() => switchboard.exchange)
  const reach = openParties({ documents, callflows: laterCallflows, clock, mayDial, outside, exchange })
  const queues = new Queues(clock)
  const asking = options.pivot({ registry: () => registry, dialling: { calling, reach, conferences, queues } })
  const registry: Registry = newRegistry(
    allActions({
      documents,
      deliveries,
      http,
      notices,
      recordings,
      calling,
      exchange,
      outside,
      conferences,
      pivot: asking,
      callflows: laterCallflows,
    }),
  )
  const callflows = new CallflowIndex({
    documents,
    registry,
    countryOf: (accountId) => directory.countryOf(accountId),
    log,
  })
  documents.onChange((change) => {
    callflows.onChange(change)
    directory.onChange(change)
  })
  // Read now, so that what is wrong with callflows is logged before a caller meets it.
  callflows
    .get(directory.account.id, '')
    .catch((error: unknown) => log.error('house.callflows-unread', { error: asFailure(error) }))
  const automatic = openAutomaticRecording({ documents, recordings })
  const switchboard: Switchboard = newSwitchboard({
    directory,
    callflows,
    registry,
    calling,
    clock,
    log,
    observers: [automatic.observe, ...observers],
    record: (call, to) => automatic.ofCaller(call, to),
    ...(options.trunkCallOf === undefined ? {} : { trunkCallOf: options.trunkCallOf }),
    restrictionOf: (call) => restrictionOf(call, documents),
    mostCalls,
    onCdr,
  })
  return { ...switchboard, registry, callflows, directory, conferences, queues }
}

function postCdr(cdr: Cdr, call: Call, deliveries: Deliveries, clock: Clock): void {
  for (const report of cdr.reports) {
    void deliveries.deliver(cdrDelivery(cdr, report, call.account.secret, clock.now())).then(({ status, code }) => {
      const fact = { type: 'cdr.posted', url: shownUrl(report.url), status } as const
      call.tell(code === undefined ? fact : { ...fact, code })
    })
  }
}

/** Actions connect calls, and the calls run actions: the exchange comes with the switchboard. */
const laterExchange = (exchange: () => Exchange): Exchange => ({
  calls: (accountId) => exchange().calls(accountId),
  take: (call, taker, options) => exchange().take(call, taker, options),
  send: (call, number, by) => exchange().send(call, number, by),
})

/** Actions look callflows up, and callflows are read with the actions' schemas: one of them comes later. */
const later = (callflows: () => Callflows): Callflows => ({
  find: (accountId, number) => callflows().find(accountId, number),
  get: (accountId, id) => callflows().get(accountId, id),
})

/**
 * A house for the calls of a scene: whatever it sends goes to the scene's web server, in the scene's time.
 *
 * @param mayDial whether calls may go to a host; everywhere when it is left out
 */
export function sceneHouse(world: World, mayDial: HouseOptions['mayDial'] = async () => true): House {
  const { http, clock, log, recordings } = world
  const deliveries = openDeliveries({ http, clock, log })
  world.documents.put(world.account.id, 'accounts', world.account)
  return openHouse({
    ...world,
    deliveries,
    notices: { tell: async () => true },
    onCdr: (cdr, call) => postCdr(cdr, call, deliveries, clock),
    mayDial,
    pivot: (inside) => pivot({ http, recordings, deliveries, ...inside }),
  })
}
