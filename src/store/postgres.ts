import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  type PostgresCursor,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely'
import pg from 'pg'
import type { Clock, Log } from '../base/index.ts'
import type { Database, Notice, Rows } from './database.ts'
import { postgresFailure } from './postgres-failure.ts'
import { PostgresListener } from './postgres-listener.ts'
import { notifySql, type Step } from './sql.ts'
import type { Tables } from './tables.ts'

export interface PostgresOptions {
  readonly url: string
  readonly node: string
  readonly clock: Clock
  readonly log: Log
}

/** Connections of one process. Batches, claims and the API share them. */
const mostConnections = 10
const connectMs = 5_000
const statementMs = 15_000
/** The server says that a statement took too long; when not even that arrives, the connection is given up. */
const answerMs = statementMs + 5_000
const channel = 'pivot'
/** PostgreSQL refuses notices of 8,000 bytes. */
const mostNoticeBytes = 7_900

/**
 * A PostgreSQL server. Connections that are lost are made anew.
 *
 * @throws DATABASE_UNAVAILABLE
 */
export async function openPostgres({ url, node, clock, log }: PostgresOptions): Promise<Database> {
  const settings: pg.ClientConfig = {
    connectionString: url,
    application_name: 'pivot',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    // Counts and times are far below 2^53.
    types: {
      getTypeParser: (oid, format) =>
        oid === pg.types.builtins.INT8 ? Number : (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
    },
  }
  const pool = new pg.Pool({
    ...settings,
    max: mostConnections,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    idle_in_transaction_session_timeout: statementMs,
  })
  pool.on('error', (error) => log.warn('store.connection-lost', { error }))
  const connect = (): Promise<Connection> => Connection.of(pool)
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) })
  const listener = new PostgresListener({ settings, channel, node, clock, log })

  const first = await connect().catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  first.release()

  const notice = (what: Notice): Step => ({ sql: notifySql(channel), parameters: [noticeText(node, what)] })
  return {
    kind: 'postgres',
    kysely,
    batch: (steps) => transact(connect, steps),
    notice,
    async tell(on, what) {
      const { sql, parameters } = notice(what)
      await on.executeQuery(CompiledQuery.raw(sql, [...parameters]))
    },
    listen: (told) => listener.listen(told),
    async close() {
      await listener.close()
      await kysely.destroy()
      if (!pool.ended) await pool.end()
    },
  }
}

/** A connection of the pool as Kysely and batches use it; its errors are failures. */
class Connection implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  readonly #lose = (error: Error): void => void (this.#lost = error)
  #lost: Error | undefined

  static async of(pool: pg.Pool): Promise<Connection> {
    try {
      return new Connection(await pool.connect())
    } catch (error) {
      throw postgresFailure(error)
    }
  }

  private constructor(client: pg.PoolClient) {
    this.#client = client
    client.on('error', this.#lose)
  }

  query<R>(sql: string, parameters?: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query(sql: unknown, parameters: readonly unknown[] = []): never {
    if (typeof sql !== 'string') throw new Error('not streamed: ask for pages')
    return this.#query(sql, parameters) as never
  }

  /** Gives the connection back, or gives it up when it is lost. */
  release(): void {
    this.#client.off('error', this.#lose)
    this.#client.release(this.#lost)
  }

  async #query(sql: string, parameters: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#client.query(sql, [...parameters])
    } catch (error) {
      throw postgresFailure(error)
    }
  }
}

async function transact(connect: () => Promise<Connection>, steps: readonly Step[]): Promise<readonly Rows[]> {
  const connection = await connect()
  try {
    await connection.query('BEGIN')
    const results: Rows[] = []
    for (const { sql, parameters } of steps) results.push((await connection.query<Rows[number]>(sql, parameters)).rows)
    await connection.query('COMMIT')
    return results
  } catch (error) {
    // The connection may be gone, and the transaction with it.
    await connection.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    connection.release()
  }
}

function noticeText(node: string, notice: Notice): string {
  const text = JSON.stringify({ node, ...notice })
  if (notice.is !== 'document' || Buffer.byteLength(text) <= mostNoticeBytes) return text
  const { id: _, ...anyOfCollection } = notice
  return JSON.stringify({ node, ...anyOfCollection })
}
