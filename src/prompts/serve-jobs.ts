import { parentPort } from 'node:worker_threads'
import { asFailure } from '../base/index.ts'
import type { JobAnswer } from './job-thread.ts'

/** The other side of a JobThread: does each job as it comes. Called once, by the file that a thread runs. */
export function serveJobs(work: (job: never) => unknown): void {
  const port = parentPort
  if (port === null) throw new Error('not in a worker thread')
  const answer = (message: JobAnswer): void => port.postMessage(message)
  port.on('message', (job) => {
    try {
      // Only the JobThread that owns this thread writes to its port.
      answer({ result: work(job as never) })
    } catch (error) {
      const { code, details } = asFailure(error)
      answer({ failure: { code, details } })
    }
  })
  answer('ready')
}
