import type { HttpAnswer } from '../http/index.ts'
import type { JobAttempt, JobHook } from '../outbox/index.ts'
import { gregorianSeconds, withoutSecrets, withoutUser, type Fields } from '../pivot/index.ts'

const mostBodyCharacters = 16_384

/**
 * One attempt as the API shows it. Bodies are cut after 16,384 characters; what lets somebody in is hidden.
 *
 * @source KAZOO webhooks_util.erl, note_failed_attempt and successful_attempt; `at_ms`, `code`, `attempt` and
 *   `next_attempt_in_ms` are ours
 */
export function attemptRecord(attempt: JobAttempt, hook: JobHook): Fields {
  const { job, sent, attempted, attempts, at, pauseMs } = attempt
  const { result, answer, failure } = attempted
  const isSuccess = result === 'delivered'
  return {
    hook_id: hook.id,
    hook_event: hook.event,
    event_id: hook.eventId,
    job_id: job.id,
    call_id: job.callId,
    uri: withoutUser(sent.url),
    method: sent.method.toLowerCase(),
    req_headers: withoutSecrets({ 'idempotency-key': job.id, ...sent.headers }),
    req_body: typeof sent.body === 'string' ? sent.body.slice(0, mostBodyCharacters) : undefined,
    custom_data: hook.customData,
    timestamp: gregorianSeconds(at),
    at_ms: at,
    result: isSuccess ? 'success' : 'failure',
    reason: isSuccess ? undefined : answer === undefined ? 'kazoo http client error' : 'bad response code',
    client_error: failure?.message,
    code: failure?.code,
    attempt: attempts,
    retries: hook.quickTries,
    retries_left: retriesLeft(attempt, hook),
    next_attempt_in_ms: pauseMs,
    ...(answer === undefined ? {} : answered(answer)),
  }
}

const answered = ({ status, headers, body, timing }: HttpAnswer): Fields => ({
  resp_status_code: status,
  resp_headers: withoutSecrets(headers),
  resp_body: Buffer.from(body.subarray(0, mostBodyCharacters)).toString(),
  duration_ms: timing.totalMs,
})

/** KAZOO counts down; with us it only says that the quick ones are over, while there are others. */
function retriesLeft({ attempted, attempts, pauseMs }: JobAttempt, { quickTries = 1 }: JobHook): unknown {
  if (attempted.result === 'delivered') return undefined
  return pauseMs === undefined ? 'retries exceeded' : Math.max(0, quickTries - attempts)
}
