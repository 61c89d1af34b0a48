import { serveJobs } from '../serve-jobs.ts'
import { fliteJob } from './flite-job.ts'

// The module is compiled and run once before the thread is ready: the first caller does not wait for that.
fliteJob({ voice: 'slt', segments: [{ kind: 'text', text: 'Ready.', rate: 1, pitch: 1, gainDb: 0 }] })
serveJobs(fliteJob)
