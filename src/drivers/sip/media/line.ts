import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker, type MessagePort } from 'node:worker_threads'
import { Batch, type Clock } from '../../../base/index.ts'
import { MediaThread } from './media-thread.ts'
import type { Command, Report } from './protocol.ts'
import type { WorkerSettings } from './worker.ts'

/** The way to one media thread. */
export interface Line {
  post(command: Command): void
  close(): Promise<void>
}

export interface LineOptions {
  readonly clock: Clock
  readonly inactivityMs: number
  readonly report: (report: Report) => void
}

/** Media in the thread that asks for it: for tests and for machines that have one processor. */
export function ownThread(options: LineOptions): Line {
  const thread = new MediaThread(options)
  return { post: (command) => thread.take(command), close: async () => undefined }
}

/** Media in a thread of its own. `lost` is called when the thread dies. */
export function workerThread({ inactivityMs, report }: LineOptions, script: URL, lost: (why: string) => void): Line {
  const workerData: WorkerSettings = { inactivityMs }
  const worker = new Worker(script, { workerData, name: 'pivot-media' })
  let isOver = false
  const die = (why: string): void => {
    if (isOver) return
    isOver = true
    lost(why)
  }
  worker.on('message', (reports: readonly Report[]) => {
    for (const one of reports) report(one)
  })
  worker.on('error', (error) => die(error instanceof Error ? error.message : String(error)))
  worker.on('exit', (code) => die(`it exited with ${code}`))
  // Measured: what a message costs is waking the other thread, so what one turn of the event loop says goes together.
  const commands = new Batch<Command>((all) => worker.postMessage(all, all.flatMap(portsOf)))
  return {
    post: (command) => commands.add(command),
    close: async () => {
      isOver = true
      await worker.terminate()
    },
  }
}

/** A port cannot be copied: it moves with the command. */
const portsOf = (command: Command): MessagePort[] =>
  'port' in command && typeof command.port === 'object' ? [command.port] : []

/** The worker's compiled script, also when we ourselves run from the sources; undefined when nothing is built. */
export function workerScript(): URL | undefined {
  const here = import.meta.url
  const script = here.endsWith('.ts')
    ? new URL('worker.js', here.replace('/src/', '/dist/'))
    : new URL('worker.js', here)
  return existsSync(fileURLToPath(script)) ? script : undefined
}
