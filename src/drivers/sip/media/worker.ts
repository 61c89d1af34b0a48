import { parentPort, workerData } from 'node:worker_threads'
import { Batch, systemClock, type Clock } from '../../../base/index.ts'
import { MediaThread } from './media-thread.ts'
import { hurry } from './priority.ts'
import type { Command, Report } from './protocol.ts'

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
  const reports = new Batch<Report>((all) => port.postMessage(all))
  const thread = new MediaThread({ clock: steadyClock, inactivityMs, report: (report) => reports.add(report) })
  port.on('message', (commands: readonly Command[]) => {
    for (const command of commands) thread.take(command)
  })
}
