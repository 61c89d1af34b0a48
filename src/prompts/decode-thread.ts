import { decodeJob } from './decode-job.ts'
import { serveJobs } from './serve-jobs.ts'

serveJobs(decodeJob)
