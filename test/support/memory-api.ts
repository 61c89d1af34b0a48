import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { openAccess, openApiKey, type Scope, type Token, type TokenStore } from '../../src/access/index.ts'
import { newApi, newMetrics, type ApiOptions, type ApiPorts } from '../../src/api/index.ts'
import { never, silentLog, VirtualClock } from '../../src/base/index.ts'
import type { Registry } from '../../src/callflow/index.ts'
import { knownActions } from '../../src/cli/known-actions.ts'
import { MemoryDocumentStore } from '../../src/documents/index.ts'
import { newSimulator } from '../../src/drivers/simulator/index.ts'
import type { FileStore, StoredFile } from '../../src/files/index.ts'
import type { JobStore } from '../../src/outbox/index.ts'
import { Queues } from '../../src/queues/index.ts'
import type { RecordReader, RecordWriter } from '../../src/records/index.ts'
import { LegExchange } from '../../src/switchboard/exchange.ts'

export class MemoryTokens implements TokenStore {
  readonly #tokens = new Map<string, Token>()

  async add(token: Token): Promise<void> {
    this.#tokens.set(token.hash, token)
  }

  async find(hash: string): Promise<Token | undefined> {
    return this.#tokens.get(hash)
  }

  async list(accountId: string): Promise<readonly Token[]> {
    return [...this.#tokens.values()].filter((token) => token.accountId === accountId)
  }

  async remove(accountId: string, id: string): Promise<boolean> {
    const token = (await this.list(accountId)).find((one) => one.id === id)
    return token !== undefined && this.#tokens.delete(token.hash)
  }

  async removeExpired(nowMs: number): Promise<number> {
    const expired = [...this.#tokens.values()].filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= nowMs)
    for (const { hash } of expired) this.#tokens.delete(hash)
    return expired.length
  }
}

export class MemoryFiles implements FileStore {
  readonly kept = new Map<string, { readonly content: Uint8Array; readonly contentType: string }>()

  async put(key: string, content: Uint8Array | { readonly path: string }, contentType: string): Promise<void> {
    this.kept.set(key, { content: 'path' in content ? await readFile(content.path) : content, contentType })
  }

  async find(key: string): Promise<StoredFile | undefined> {
    const file = this.kept.get(key)
    return (
      file && {
        lengthBytes: file.content.length,
        contentType: file.contentType,
        open: async (range) => Readable.from([file.content.slice(range?.first ?? 0, (range?.last ?? Infinity) + 1)]),
      }
    )
  }

  async remove(key: string): Promise<boolean> {
    return this.kept.delete(key)
  }

  async removeAll(prefix: string): Promise<number> {
    const keys = [...this.kept.keys()].filter((key) => key.startsWith(prefix))
    for (const key of keys) this.kept.delete(key)
    return keys.length
  }
}

const nothing = { items: [] }

const noRecords: RecordReader = {
  cdr: async () => undefined,
  cdrs: async () => nothing,
  interaction: async () => [],
  events: async () => [],
  debuggedCalls: async () => nothing,
  debugEntries: async () => [],
  attempts: async () => nothing,
  recordings: async () => nothing,
  recording: async () => undefined,
  removeRecording: async () => false,
  onEvents: () => () => undefined,
}

const noWriter: RecordWriter = { write: async () => true }

const noJobs: JobStore = {
  add: async () => undefined,
  claim: async () => [],
  settle: async () => undefined,
  pause: async () => undefined,
  forget: async () => 0,
  free: async () => 0,
  count: async () => 0,
  onAdded: () => () => undefined,
}

/** Compiled once: it never changes. */
let actions: Registry | undefined

export const operatorKey = 'the key of the operator'
export const startMs = Date.UTC(2026, 10, 22, 12)

export interface Asking extends Omit<InjectOptions, 'url' | 'method' | 'payload'> {
  /** Default: the operator's; '' for none. */
  readonly token?: string
  /** What stands under `data` in the body. */
  readonly data?: unknown
  /** A body as it is sent. */
  readonly payload?: string | Buffer
}

export interface Told {
  readonly status: number
  /** Of answers in KAZOO's envelope. */
  readonly data: never
  readonly body: Readonly<Record<string, unknown>>
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

export interface MemoryApi {
  readonly server: FastifyInstance
  readonly ports: ApiPorts
  readonly clock: VirtualClock
  readonly documents: MemoryDocumentStore
  readonly files: MemoryFiles
  /** `ask('PUT /v2/accounts/A1/devices', { data })` */
  readonly ask: (what: string, asking?: Asking) => Promise<Told>
  readonly token: (accountId: string, ...scopes: readonly Scope[]) => Promise<string>
  /** Has the documents of the beginning again, and no files: to be made once for many tests. */
  reset(): Promise<void>
}

/**
 * The API on stores in memory, in virtual time. The accounts `A1`, `A1.1` below it, and `A2`, which nothing joins, are
 * there; the operator's key belongs to `A1`.
 */
export async function memoryApi(ports: Partial<ApiPorts> = {}, options: Partial<ApiOptions> = {}): Promise<MemoryApi> {
  const clock = new VirtualClock(startMs)
  const documents = new MemoryDocumentStore(clock)
  const files = new MemoryFiles()
  const tokens = new MemoryTokens()
  addAccounts(documents)
  const apiKey = await openApiKey('', operatorKey)
  const access = openAccess({ tokens, apiKey, accountId: 'A1', clock })
  const all: ApiPorts = {
    documents,
    reader: noRecords,
    records: noWriter,
    access,
    tokens,
    jobs: noJobs,
    files,
    registry: (actions ??= knownActions()),
    calls: new LegExchange({
      calling: newSimulator({ clock }),
      clock,
      begin: () => Promise.reject(new Error('there are no calls')),
    }),
    conferences: { list: () => [] },
    queues: new Queues(clock),
    checkAudio: async (_content, claimed) => claimed,
    stopping: never,
    clock,
    log: silentLog,
    node: 'node-1',
    version: '1.2.3',
    ...ports,
  }
  const server = newApi({
    metrics: newMetrics(),
    metricsKey: undefined,
    recordings: { find: async () => undefined },
    notReady: () => undefined,
    clock,
    log: all.log,
    ports: all,
    mostRequestsPerMinute: 0,
    ...options,
  })
  return {
    server,
    ports: all,
    clock,
    documents,
    files,
    ask: (what, asking) => askServer(server, what, asking),
    async token(accountId, ...scopes) {
      return (await access.issue({ accountId, name: 'test', scopes })).token
    },
    async reset() {
      for (const { id } of await documents.accounts()) await documents.removeAccount(id)
      addAccounts(documents)
      files.kept.clear()
    },
  }
}

function addAccounts(documents: MemoryDocumentStore): void {
  documents.set('A1', 'accounts', { id: 'A1', name: 'One', realm: 'one.example' })
  documents.set('A1.1', 'accounts', { id: 'A1.1', name: 'Below', realm: 'below.example', pvt_tree: ['A1'] })
  documents.set('A2', 'accounts', { id: 'A2', name: 'Two', realm: 'two.example' })
}

async function askServer(
  server: FastifyInstance,
  what: string,
  { token = operatorKey, data, payload, headers, ...more }: Asking = {},
): Promise<Told> {
  const [method = 'GET', url = '/'] = what.split(' ')
  const answer = await server.inject({
    ...more,
    method: method as 'GET',
    url,
    headers: { ...(token === '' ? {} : { 'x-auth-token': token }), ...headers },
    ...(payload === undefined ? {} : { payload }),
    ...(data === undefined ? {} : { payload: { data } }),
  })
  const isJson = String(answer.headers['content-type']).startsWith('application/json') && answer.payload !== ''
  const body = isJson ? answer.json<Record<string, unknown>>() : {}
  return { status: answer.statusCode, data: body['data'] as never, body, text: answer.payload, headers: answer.headers }
}
