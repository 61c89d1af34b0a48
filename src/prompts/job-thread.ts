import { Worker } from 'node:worker_threads'
import { asFailure, Failure, failures, within, type Clock, type FailureCode } from '../base/index.ts'

/** Work that would keep the control thread from its calls: done elsewhere, one job after another. */
export interface Jobs<Job, Result> {
  /** @throws what the job failed with · `late` or `busy` of its options */
  run(job: Job): Promise<Result>
  /** Resolves when the first job can begin at once. */
  warm(): Promise<void>
  close(): Promise<void>
}

export interface JobThreadOptions {
  /** The compiled file that calls `serveJobs`. */
  readonly file: URL
  readonly clock: Clock
  /** What a job may take once it has begun. A job that takes longer costs the thread its life. */
  readonly mostMs: number
  readonly mostWaiting: number
  /** The failure for a job that was not done, and why. */
  readonly failed: (problem: string, cause?: unknown) => Failure
}

/** What a thread answers to a job; its first message is `ready`. */
export type JobAnswer =
  { readonly result: unknown } | { readonly failure: { code: string; details: unknown } } | 'ready'

const mostStartMs = 20_000

/** A worker thread that is started when first needed, and anew after it was ended. */
export class JobThread<Job, Result> implements Jobs<Job, Result> {
  readonly #options: JobThreadOptions
  readonly #closing = new AbortController()
  #started: Promise<Worker> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: JobThreadOptions) {
    this.#options = options
  }

  async run(job: Job): Promise<Result> {
    return (await this.#inTurn(async () => this.#ask(await this.#start(), job))) as Result
  }

  async warm(): Promise<void> {
    await this.#inTurn(() => this.#start())
  }

  async close(): Promise<void> {
    this.#closing.abort(this.#options.failed('the server stops'))
    const worker = await this.#started?.catch(() => undefined)
    await worker?.terminate()
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted()
    if (this.#waiting >= this.#options.mostWaiting) throw this.#options.failed('too much is waiting to be done')
    this.#waiting++
    const turn = this.#last.then(() => {
      this.#closing.signal.throwIfAborted()
      return work()
    })
    this.#last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      this.#waiting--
    }
  }

  #start(): Promise<Worker> {
    this.#started ??= this.#open().catch((error: unknown) => {
      this.#started = undefined
      throw error
    })
    return this.#started
  }

  async #open(): Promise<Worker> {
    const worker = new Worker(this.#options.file)
    // A thread that dies while nobody waits for it is replaced at the next job.
    worker.on('error', () => this.#drop(worker))
    worker.on('exit', () => this.#drop(worker))
    await this.#answer(worker, mostStartMs)
    // An idle thread keeps no process alive.
    worker.unref()
    return worker
  }

  async #ask(worker: Worker, job: Job): Promise<unknown> {
    worker.ref()
    worker.postMessage(job)
    const answer = await this.#answer(worker, this.#options.mostMs)
    worker.unref()
    if (answer === 'ready') throw this.#options.failed('the thread began anew')
    if ('failure' in answer) throw failureOf(answer.failure)
    return answer.result
  }

  /** The next message of the thread. When none comes in time, or the thread dies, it is ended. */
  async #answer(worker: Worker, ms: number): Promise<JobAnswer> {
    const { clock, failed } = this.#options
    let stop = (): void => undefined
    const answered = new Promise<JobAnswer>((resolve, reject) => {
      const gone = (): void => reject(failed('the thread ended'))
      const broken = (error: unknown): void => reject(failed('the thread failed', error))
      worker.once('message', resolve).once('error', broken).once('exit', gone)
      stop = () => void worker.off('message', resolve).off('error', broken).off('exit', gone)
    })
    const limit = { clock, ms, signal: this.#closing.signal }
    try {
      return await within(
        limit,
        () => failed(`not done within ${ms} ms`),
        () => answered,
      )
    } catch (error) {
      this.#drop(worker)
      void worker.terminate()
      throw error
    } finally {
      stop()
    }
  }

  #drop(worker: Worker): void {
    void this.#started?.then((current) => {
      if (current === worker) this.#started = undefined
    }, ignore)
  }
}

/** Jobs done where they are asked for: for tests, and for tools that have nothing else to do meanwhile. */
export function jobsHere<Job, Result>(work: (job: Job) => Result): Jobs<Job, Result> {
  return { run: async (job) => work(job), warm: async () => undefined, close: async () => undefined }
}

/** Where the compiled file of a thread is, seen from one of its neighbours: tests run sources, threads cannot. */
export function threadFile(name: string, neighbour: string): URL {
  return new URL(name, neighbour.replace(/\/src\/(?!.*\/src\/)/, '/dist/'))
}

function failureOf({ code, details }: { code: string; details: unknown }): Failure {
  if (!Object.hasOwn(failures, code)) return asFailure(new Error(code))
  // The pair was made by a Failure on the other side.
  return new Failure(code as FailureCode, details as never)
}

function ignore(): void {
  // A thread that could not be started is nobody's: the next job starts another.
}
