export type { Job, JobHook, JobStore, Settled } from './job.ts'
