import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import type { StepResult } from './sqlite-protocol.ts'
import type { Step } from './sql.ts'

/** Kysely's way to a database that has one connection, on another thread. */
export function threadDialect(run: (step: Step) => Promise<StepResult>, turn: Turn): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new ThreadDriver(run, turn),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** Lets one at a time have the connection, in the order they came. */
export class Turn {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when it is the caller's turn, to what ends it. */
  async take(): Promise<() => void> {
    const before = this.#last
    let end: () => void = () => undefined
    this.#last = new Promise((resolve) => (end = resolve))
    await before
    return end
  }
}

class ThreadDriver implements Driver {
  readonly #run: (step: Step) => Promise<StepResult>
  readonly #turn: Turn

  constructor(run: (step: Step) => Promise<StepResult>, turn: Turn) {
    this.#run = run
    this.#turn = turn
  }

  async init(): Promise<void> {
    // The thread is opened before anything is asked.
  }

  async acquireConnection(): Promise<ThreadConnection> {
    return new ThreadConnection(this.#run, await this.#turn.take())
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('COMMIT'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('ROLLBACK'))
  }

  async releaseConnection(connection: ThreadConnection): Promise<void> {
    connection.release()
  }

  async destroy(): Promise<void> {
    // Whoever opened the thread closes it.
  }
}

class ThreadConnection implements DatabaseConnection {
  readonly #run: (step: Step) => Promise<StepResult>
  readonly release: () => void

  constructor(run: (step: Step) => Promise<StepResult>, release: () => void) {
    this.#run = run
    this.release = release
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#run({ sql, parameters })
    // The rows are what the query, typed by the tables, selects.
    return { rows: rows as R[], numAffectedRows: BigInt(changes) }
  }

  /** Nothing here is streamed: pages are small. */
  streamQuery(): never {
    throw new Error('not streamed: ask for pages')
  }
}
