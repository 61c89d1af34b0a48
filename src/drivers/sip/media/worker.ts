import { parentPort, workerData } from 'node:worker_threads'
import { systemClock, type Clock } from '../../../base/index.ts'
import { MediaThread } from './media-thread.ts'
import { hurry } from './priority.ts'
import type { Command } from './protocol.ts'

/** What a media thread is started with. */
export interface WorkerSettings {
  readonly inactivityMs: number
}

/** Sound must not jump when the machine's time of day is set. */
const steadyClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
}

const port = parentPort
if (port !== null) {
  hurry()
  // Structured clones of our own values: nobody else writes to this port.
  const { inactivityMs } = workerData as WorkerSettings
  const thread = new MediaThread({ clock: steadyClock, inactivityMs, report: (report) => port.postMessage(report) })
  port.on('message', (command: Command) => thread.take(command))
}
