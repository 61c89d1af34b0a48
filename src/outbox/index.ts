export type { Job, JobHook, JobStore, Settled } from './job.ts'
export { jobOf, openOutbox, type JobAttempt, type Outbox, type OutboxLimits, type OutboxOptions } from './outbox.ts'
