import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { openAccess, openApiKey } from './access/index.ts'
import { pivot } from './actions/index.ts'
import { newApi, newMetrics } from './api/index.ts'
import { jsonLog, newId, systemClock } from './base/index.ts'
import { isLoopback, type Config, type ReadConfig } from './config/index.ts'
import { openDemo } from './demo.ts'
import {
  demoAccount,
  loadDocuments,
  mediaAddresses,
  mediaPlaces,
  uploadsIn,
  type DocumentEntry,
} from './documents/index.ts'
import { embeddedDriver, type EmbeddedDriver } from './drivers/sip/index.ts'
import { embeddedFigures, keepingFigures, registrationFigures, trunkFigures } from './figures.ts'
import { openFiles } from './files/index.ts'
import { openHouse } from './house.ts'
import { openHttp, readEgress } from './http/index.ts'
import { openKeeping, type LoadedAtStart } from './keeping.ts'
import { openDoor, Opened } from './opened.ts'
import { sipEgress } from './pivot/index.ts'
import { openAudioLibrary } from './prompts/index.ts'
import { MessageLamps } from './message-lamps.ts'
import { openRecordings } from './recordings/index.ts'
import { DocumentPhones, Registrations } from './registrations/index.ts'
import { defaultSipLimits } from './sip/index.ts'
import { openTrunking } from './trunking.ts'

export interface ServerOptions extends ReadConfig {
  /** The folder of documents; undefined: the demo account. */
  readonly documents: string | undefined
}

export interface Server {
  /** Where calls arrive: `host:port`. */
  readonly sip: string
  /** The API key, when it was made at this start. */
  readonly freshApiKey: string | undefined
  /** Refuses new calls, waits for the others until the deadline, then closes everything, the last opened first. */
  stop(): Promise<void>
}

/**
 * Builds the house and opens its doors.
 *
 * @throws CONFIG_INVALID, also for ports that are taken · DOCUMENT_INVALID · DATABASE_IN_USE · DATABASE_UNAVAILABLE ·
 *   DATABASE_TOO_NEW
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const opened = new Opened(jsonLog(options.config.log))
  try {
    return await buildServer(options, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** Everything is put together here, by hand, from the inside to the doors. */
async function buildServer(
  { config, unknownVariables, documents: documentsFolder }: ServerOptions,
  opened: Opened,
): Promise<Server> {
  const { dataDir, limits } = config
  const clock = systemClock
  const log = jsonLog(config.log)
  const node = `${hostname()}-${newId().slice(0, 8)}`
  if (unknownVariables.length > 0) log.warn('config.unknown-variables', { variables: unknownVariables })
  const apiKey = await openApiKey(dataDir, config.apiKey)

  const isDemo = documentsFolder === undefined
  const loaded = isDemo ? await demoDocuments(opened) : await folderDocuments(documentsFolder)
  const egress = readEgress(isDemo ? `${config.egress},127.0.0.0/8` : config.egress)
  const http = opened.add(
    'http',
    openHttp({ clock, egress, trusted: config.tlsCa === undefined ? [] : [config.tlsCa] }),
  )
  const keeping = await openKeeping({ config, node, http, clock, log, opened, loaded })
  const { store, documents, outbox, ledger, defaultAccount } = keeping
  const accountId = defaultAccount?.id ?? demoAccount.id

  let httpUrl = ''
  const filesFolder = join(dataDir, 'files')
  const files = openFiles(config.storage, filesFolder)
  const recordings = opened.add(
    'recordings',
    await openRecordings({
      directory: filesFolder,
      files,
      keep: (recording) => void store.records.write({ recordings: [recording] }),
      baseUrl: () => httpUrl,
      retention: recordingRetention(config),
      addressesInUse: () => mediaAddresses(store.documents),
      deliveries: outbox,
      clock,
      log,
    }),
  )
  const media = mediaPlaces(documents, loaded.folder, uploadsIn(files, log))
  const ownFile = (url: string) => recordings.findByUrl(url)
  const audio = opened.add(
    'audio',
    openAudioLibrary({ documents: media, http, ownFile, ...speechOptions(config), clock, log, dataDir }),
  )

  const registrations = new Registrations({ store: store.registrations, node, clock, log })
  const mayDial = sipEgress({ egress, clock })
  const trunking = openTrunking({
    documents,
    defaultAccount,
    operatorId: accountId,
    mayDial,
    driver: () => driver,
    clock,
    log,
  })
  const driver: EmbeddedDriver = opened.add(
    'driver',
    embeddedDriver({
      ...driverOptions(config),
      mayDial,
      audio,
      registrar: {
        phones: new DocumentPhones(defaultAccount, documents),
        bindings: registrations,
        limits: config.registrar,
        isTrunk: (address) => trunking.book.at(address).length > 0,
      },
      contactsOf: ({ accountId, username }) => registrations.contactsOf(accountId, username),
      isRegisteredContact: (user) => trunking.registrations.byContact(user) !== undefined,
      clock,
      log,
    }),
  )
  // Closed before the driver, so that the connections it closes then do not unregister anybody.
  opened.add('registrations', registrations)
  // Closed before the driver too, by which it takes its leave of carriers.
  opened.add('trunks', trunking)
  const metrics = newMetrics([
    ...embeddedFigures(() => driver.counters()),
    ...keepingFigures(keeping),
    ...registrationFigures({ counters: () => registrations.counters }),
    ...trunkFigures(() => trunking.registrations.counters),
  ])
  const showPersonal = config.log.pii
  const house = openHouse({
    clock,
    log,
    account: defaultAccount,
    documents,
    recordings,
    calling: driver,
    deliveries: outbox,
    http,
    notices: keeping.notices,
    observers: [metrics.observe, ledger.observe],
    onCdr: (cdr, call) => ledger.onCdr(cdr, call),
    mostCalls: limits.calls,
    mayDial,
    trunkCallOf: (leg) => trunking.calls.find(leg),
    pivot: (inside) => pivot({ http, recordings, deliveries: outbox, showPersonal, ...inside }),
  })

  let notReady: string | undefined = 'starting'
  const closing = new AbortController()
  const { reader, records, tokens, jobs } = store
  const api = opened.add(
    'api',
    newApi({
      metrics,
      metricsKey: isLoopback(config.http.host) ? undefined : apiKey,
      recordings,
      notReady: () => notReady,
      clock,
      log,
      corsOrigins: config.api.corsOrigins,
      mostRequestsPerMinute: config.api.requestsPerMinute,
      ports: {
        documents: keeping.tellingStore,
        reader,
        records,
        tokens,
        jobs,
        files,
        registrations,
        trunks: trunking.registrations,
        access: openAccess({ tokens, apiKey, accountId, clock }),
        registry: house.registry,
        calls: house.exchange,
        conferences: house.conferences,
        queues: house.queues,
        checkAudio: (content, claimed) => audio.check(content, claimed),
        stopping: closing.signal,
        clock,
        log,
        node,
        version,
      },
    }),
  )
  const bound = await openDoor(config.http.host, [['http_port', config.http.port]], () =>
    api.listen({ host: config.http.host, port: config.http.port }),
  )
  httpUrl = config.http.publicUrl ?? bound

  const lamps = opened.add('message-lamps', new MessageLamps({ documents, driver, clock, log }))
  await audio.warm()
  await keeping.begin()
  const { tls, webSockets } = config.sip
  const sipDoors = [
    ['sip_port', config.sip.port],
    ['sip_tls_port', tls.port],
    ['sip_ws_port', webSockets.port],
    ['sip_wss_port', webSockets.securePort],
  ] as const
  await openDoor(config.sip.host, sipDoors, () => driver.listen((leg) => house.onCall(leg), closing.signal))
  await lamps.begin()
  // A carrier may call at once.
  await trunking.begin()
  notReady = undefined
  const sip = sipAddress(driver)
  // Written whatever the level is: programs wait for this line.
  jsonLog({ level: 'info', pii: false }).info('server.ready', {
    http: httpUrl,
    sip,
    ...sipPortsOf(driver),
    engine: config.engine,
    accountId,
    version,
  })

  return {
    sip,
    freshApiKey: apiKey.fresh,
    async stop() {
      notReady = 'draining'
      log.info('server.draining', { calls: house.calls.size, drainMs: config.drainMs })
      closing.abort(new Error('the server is shutting down'))
      await house.drain(config.drainMs)
      await opened.close()
      log.info('server.stopped')
    },
  }
}

const dayMs = 86_400_000
const mostRecordingBytes = 50_000_000_000

const recordingRetention = ({ keepDays: { recordings } }: Config) => ({
  mostAgeMs: recordings === undefined ? Infinity : recordings * dayMs,
  mostBytes: mostRecordingBytes,
})

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

interface StartDocuments extends LoadedAtStart {
  /** What media files are relative to. */
  readonly folder: string | undefined
}

async function folderDocuments(path: string): Promise<StartDocuments> {
  const { account, documents, folder } = await loadDocuments(path)
  return { from: folder, account, entries: documents.entries, folder }
}

async function demoDocuments(opened: Opened): Promise<StartDocuments> {
  const demo = opened.add('demo', await openDemo())
  const accountId = demoAccount.id
  const entries = demo.documents.map((one) => ({ accountId, ...one }))
  const account: DocumentEntry = { accountId, collection: 'accounts', document: demoAccount }
  return { from: 'demo', account: demoAccount, entries: [account, ...entries], folder: undefined }
}

function driverOptions({ sip, media, limits, registrar, dataDir }: Config) {
  return {
    host: sip.host,
    port: sip.port,
    ...(sip.publicAddress === undefined ? {} : { publicAddress: sip.publicAddress }),
    tls: { ...sip.tls, certificate: certificateSource(sip.tls.certificate) },
    webSockets: sip.webSockets,
    ports: { first: media.firstPort, last: media.lastPort },
    recordingsDir: join(dataDir, 'unfinished-recordings'),
    product: `Pivot/${version}`,
    inactivityMs: media.timeoutMs,
    srtp: media.srtp,
    offersKeysInClear: media.offersKeysInClear,
    ...(media.workers === undefined ? {} : { workers: media.workers }),
    limits: {
      mostCalls: limits.calls,
      callsPerSecond: limits.callsPerSecond,
      callsPerSecondPerSource: limits.callsPerSecondPerSource,
      mostConnections: limits.sipConnections,
      mostConnectionsPerSource: limits.sipConnectionsPerSource,
      // A phone that says nothing between two registrations keeps its connection.
      connectionIdleMs: Math.max(defaultSipLimits.connectionIdleMs, registrar.maxExpirySeconds * 1_000),
    },
  }
}

/** Read anew whenever it is asked for. */
const certificateSource = (files: Config['sip']['tls']['certificate']) =>
  files && (async () => ({ cert: await readFile(files.certFile, 'utf8'), key: await readFile(files.keyFile, 'utf8') }))

/** Those that there are besides UDP and TCP. */
const sipPortsOf = ({ ports: { tls, ws, wss } }: EmbeddedDriver) => ({
  ...(tls === undefined ? {} : { sipTlsPort: tls }),
  ...(ws === undefined ? {} : { sipWsPort: ws }),
  ...(wss === undefined ? {} : { sipWssPort: wss }),
})

const speechOptions = ({ speech: { order, piperVoices } }: Config) => ({
  speechOrder: order,
  ...(piperVoices === undefined ? {} : { piperVoices }),
})

const sipAddress = ({ address, port }: EmbeddedDriver): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
