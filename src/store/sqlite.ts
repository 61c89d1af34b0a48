import { Kysely } from 'kysely'
import { chmod, mkdir, open as openFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { asFailure, Failure, within, type Clock, type Log, never } from '../base/index.ts'
import type { Database, Rows } from './database.ts'
import { threadDialect, Turn } from './sqlite-driver.ts'
import type { Tables } from './tables.ts'
import type { Answer, Question, StepResult, ThreadSettings } from './sqlite-protocol.ts'
import type { Step } from './sql.ts'

export interface SqliteOptions {
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Log
}

const mostOpenMs = 30_000
const busyMs = 1_000 // A process that was just told to end has let go by then.

/**
 * The embedded database: `pivot.db` in the data directory, readable by its owner only, with one connection on a thread of
 * its own.
 *
 * @throws DATABASE_IN_USE · DATABASE_UNAVAILABLE
 */
export async function openSqlite({ dataDir, clock, log }: SqliteOptions): Promise<Database> {
  const path = join(dataDir, 'pivot.db')
  await ownFile(dataDir, path)
  const thread = new SqliteThread(path, log)
  try {
    await within(
      { clock, ms: mostOpenMs, signal: never },
      () => new Failure('DATABASE_UNAVAILABLE', { problem: `${path} could not be opened within ${mostOpenMs} ms` }),
      () => thread.opened,
    )
  } catch (error) {
    await thread.end()
    throw error
  }
  const turn = new Turn()
  const kysely = new Kysely<Tables>({ dialect: threadDialect((step) => thread.run(step), turn) })
  return {
    kind: 'sqlite',
    kysely,
    async batch(steps) {
      const end = await turn.take()
      try {
        return (await thread.batch(steps)).map(({ rows }) => rows as Rows)
      } finally {
        end()
      }
    },
    notice: () => undefined,
    tell: async () => undefined,
    listen: async () => undefined,
    async close() {
      const end = await turn.take()
      await thread.close()
      end()
      await kysely.destroy()
    },
  }
}

async function ownFile(dataDir: string, path: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true })
    // SQLite gives its journal the mode of the database.
    await (await openFile(path, 'a', 0o600)).close()
    await chmod(path, 0o600)
  } catch (error) {
    throw new Failure('DATABASE_UNAVAILABLE', { problem: asFailure(error).message }, { cause: error })
  }
}

interface Waiting {
  readonly resolve: (results: readonly StepResult[]) => void
  readonly reject: (error: Failure) => void
}

/** Where the compiled file of the thread is: tests run sources, threads cannot. */
const threadFile = new URL('./sqlite-thread.js', import.meta.url.replace(/\/src\/(?!.*\/src\/)/, '/dist/'))

class SqliteThread {
  readonly opened: Promise<unknown>
  readonly #worker: Worker
  readonly #path: string
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #isOver = false

  constructor(path: string, log: Log) {
    this.#path = path
    const workerData: ThreadSettings = { path, busyMs }
    this.#worker = new Worker(threadFile, { workerData, execArgv: [] })
    this.#worker.on('message', (answer: Answer) => this.#take(answer))
    this.#worker.on('error', (error) => {
      log.error('store.thread-failed', { error })
      this.#giveUp(error)
    })
    this.#worker.on('exit', () => this.#giveUp())
    this.opened = this.#expect(0)
  }

  async run(step: Step): Promise<StepResult> {
    const [result] = await this.#ask({ id: ++this.#asked, do: 'run', step })
    return result ?? { rows: [], changes: 0 }
  }

  batch(steps: readonly Step[]): Promise<readonly StepResult[]> {
    return this.#ask({ id: ++this.#asked, do: 'batch', steps })
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    await this.#ask({ id: ++this.#asked, do: 'close' })
    await this.end()
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#worker.terminate()
  }

  async #ask(question: Question): Promise<readonly StepResult[]> {
    if (this.#isOver) throw new Failure('DATABASE_UNAVAILABLE', { problem: 'the database is closed' })
    const answer = this.#expect(question.id)
    this.#worker.postMessage(question)
    return answer
  }

  #expect(id: number): Promise<readonly StepResult[]> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('results' in answer) waiting?.resolve(answer.results)
    else waiting?.reject(this.#failureOf(answer))
  }

  #failureOf({ code, message }: { readonly code: string; readonly message: string }): Failure {
    if (code.startsWith('SQLITE_BUSY')) return new Failure('DATABASE_IN_USE', { path: this.#path })
    const problem = `${code} ${message}`.trim()
    const isOurs = /^SQLITE_(CONSTRAINT|ERROR|MISMATCH|RANGE|MISUSE|TOOBIG)/.test(code) || code === ''
    return isOurs ? new Failure('UNNAMED', { problem }) : new Failure('DATABASE_UNAVAILABLE', { problem })
  }

  #giveUp(cause?: unknown): void {
    this.#isOver = true
    for (const { reject } of this.#waiting.values()) {
      reject(new Failure('DATABASE_UNAVAILABLE', { problem: 'the thread of the database ended' }, { cause }))
    }
    this.#waiting.clear()
  }
}
