import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pivot } from './actions/index.ts'
import { newApi, newMetrics, openApiKey } from './api/index.ts'
import { jsonLog, systemClock } from './base/index.ts'
import type { Document } from './callflow/index.ts'
import { isLoopback, type Config, type ReadConfig } from './config/index.ts'
import { openDemo } from './demo.ts'
import { demoAccount, loadDocuments, mediaPlaces, MemoryDocuments, type LoadedDocuments } from './documents/index.ts'
import { embeddedDriver, type EmbeddedDriver } from './drivers/sip/index.ts'
import { embeddedFigures } from './figures.ts'
import { openHouse } from './house.ts'
import { openDeliveries, openHttp, readEgress } from './http/index.ts'
import { openDoor, Opened } from './opened.ts'
import { debugObserver, fileDebugLog } from './pivot/index.ts'
import { openAudioLibrary } from './prompts/index.ts'
import { openRecordings } from './recordings/index.ts'

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
 * @throws CONFIG_INVALID, also for ports that are taken · DOCUMENT_INVALID
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
  if (unknownVariables.length > 0) log.warn('config.unknown-variables', { variables: unknownVariables })
  const apiKey = await openApiKey(dataDir, config.apiKey)

  const isDemo = documentsFolder === undefined
  const { account, documents, folder } = isDemo ? await demoDocuments(opened) : await loadDocuments(documentsFolder)

  const egress = readEgress(isDemo ? `${config.egress},127.0.0.0/8` : config.egress)
  const http = opened.add(
    'http',
    openHttp({ clock, egress, trusted: config.tlsCa === undefined ? [] : [config.tlsCa] }),
  )
  const deliveries = openDeliveries({ http, clock, log })
  opened.add('deliveries', { close: () => deliveries.drain(deliveriesMs) })
  let httpUrl = ''
  const media = mediaPlaces(documents, folder)
  const recordings = opened.add(
    'recordings',
    await openRecordings({
      directory: join(dataDir, 'recordings'),
      baseUrl: () => httpUrl,
      addressesInUse: async () => addressesOf(await documents.list(account.id, 'media')),
      deliveries,
      clock,
      log,
    }),
  )
  const ownFile = (url: string) => recordings.findByUrl(url)
  const audio = opened.add(
    'audio',
    openAudioLibrary({ documents: media, http, ownFile, ...speechOptions(config), clock, log, dataDir }),
  )

  const driver = opened.add('driver', embeddedDriver({ ...driverOptions(config), audio, clock, log }))
  const debugLog = opened.add('debug log', fileDebugLog({ directory: join(dataDir, 'debug'), log }))
  const metrics = newMetrics(embeddedFigures(() => driver.counters()))
  const house = openHouse({
    clock,
    log,
    account,
    documents,
    recordings,
    deliveries,
    observers: [metrics.observe, debugObserver(debugLog, { showPersonal: config.log.pii })],
    mostCalls: limits.calls,
    pivot: (registry) => pivot({ http, registry, recordings, deliveries, showPersonal: config.log.pii }),
  })

  let notReady: string | undefined = 'starting'
  const metricsKey = isLoopback(config.http.host) ? undefined : apiKey
  const api = opened.add('api', newApi({ metrics, metricsKey, recordings, notReady: () => notReady, clock, log }))
  const bound = await openDoor('http_port', `${config.http.host}:${config.http.port}`, () =>
    api.listen({ host: config.http.host, port: config.http.port }),
  )
  httpUrl = config.http.publicUrl ?? bound

  await audio.warm()
  const closing = new AbortController()
  await openDoor('sip_port', `${config.sip.host}:${config.sip.port}`, () =>
    driver.listen((leg) => house.onCall(leg), closing.signal),
  )
  notReady = undefined
  const sip = sipAddress(driver)
  // Written whatever the level is: programs wait for this line.
  jsonLog({ level: 'info', pii: false }).info('server.ready', {
    http: httpUrl,
    sip,
    engine: config.engine,
    accountId: account.id,
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

const addressesOf = (media: readonly Document[]): readonly string[] =>
  media.map(({ url }) => url).filter((url) => typeof url === 'string')

/** What is still to be told to web servers when the calls are over gets so long. */
const deliveriesMs = 5_000

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

async function demoDocuments(
  opened: Opened,
): Promise<Omit<LoadedDocuments, 'folder'> & { readonly folder: undefined }> {
  const demo = opened.add('demo', await openDemo())
  const documents = new MemoryDocuments()
  for (const { collection, document } of demo.documents) documents.put(demoAccount.id, collection, document)
  return { account: demoAccount, documents, folder: undefined }
}

function driverOptions({ sip, media, limits, dataDir }: Config) {
  return {
    host: sip.host,
    port: sip.port,
    ...(sip.publicAddress === undefined ? {} : { publicAddress: sip.publicAddress }),
    ports: { first: media.firstPort, last: media.lastPort },
    recordingsDir: join(dataDir, 'unfinished-recordings'),
    product: `Pivot/${version}`,
    inactivityMs: media.timeoutMs,
    ...(media.workers === undefined ? {} : { workers: media.workers }),
    limits: {
      mostCalls: limits.calls,
      callsPerSecond: limits.callsPerSecond,
      callsPerSecondPerSource: limits.callsPerSecondPerSource,
    },
  }
}

const speechOptions = ({ speech: { order, piperVoices } }: Config) => ({
  speechOrder: order,
  ...(piperVoices === undefined ? {} : { piperVoices }),
})

const sipAddress = ({ address, port }: EmbeddedDriver): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
