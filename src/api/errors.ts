import type { FastifyError } from 'fastify'
import { isFailure, type Failure, type FailureCode, type FailureDetails } from '../base/index.ts'

/** An error as it is answered. */
export interface Refusal {
  readonly status: number
  /** Instead of KAZOO's word for the status. */
  readonly message?: string
  readonly data: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
}

export type ApiProblem = FailureDetails['API_INVALID']['problems'][number]

/** The status of each failure that is the asker's to mend; of all others it is 500. */
const statuses: { readonly [C in FailureCode]?: number } = {
  API_FORBIDDEN: 403,
  API_INVALID: 400,
  API_NOT_FOUND: 404,
  API_PRECONDITION: 412,
  API_TIMEOUT: 503,
  API_TOO_MANY: 429,
  API_UNAUTHENTICATED: 401,
  CALL_GONE: 404,
  CALL_NOT_UNANSWERED: 409,
  DATABASE_UNAVAILABLE: 503,
  DOCUMENT_CONFLICT: 409,
  DOCUMENT_EXISTS: 409,
  DOCUMENT_INVALID: 400,
  DOCUMENT_NOT_FOUND: 404,
  FLOW_INVALID: 400,
  HTTP_FORBIDDEN_ADDRESS: 400,
  HTTP_URL_INVALID: 400,
  MEDIA_DECODE: 400,
  MEDIA_TOO_LONG: 400,
  NUMBER_PATTERN_INVALID: 400,
}

/** How an error of a route, of Fastify or of ours is answered. What is nobody's to know is left out. */
export function refusalOf(error: unknown): Refusal {
  if (isFailure(error, 'API_INVALID')) {
    return { status: 400, message: 'validation error', data: problemsByField(error.details.problems), headers: {} }
  }
  if (isFailure(error, 'API_TOO_MANY')) {
    const retryAfter = String(Math.max(1, Math.ceil(error.details.retryAfterMs / 1000)))
    return { status: 429, data: { message: 'too many requests' }, headers: { 'retry-after': retryAfter } }
  }
  if (isFailure(error)) return refusalOfFailure(error)
  // Fastify's word for a body that is too large is a RangeError too: that one has a status.
  if (error instanceof RangeError && !('statusCode' in error))
    return { status: 416, data: { message: error.message }, headers: {} }
  const { statusCode = 500, message } = error as Partial<FastifyError>
  return { status: statusCode, data: statusCode < 500 && message !== undefined ? { message } : {}, headers: {} }
}

function refusalOfFailure(failure: Failure): Refusal {
  const { code, details } = failure
  const status = statuses[code] ?? 500
  if (isFailure(failure, 'FLOW_INVALID')) {
    const problems = failure.details.problems.map((problem) => ({ ...problem, rule: 'invalid' }))
    return { status, message: 'validation error', data: problemsByField(problems), headers: {} }
  }
  if (status >= 500) return { status, data: {}, headers: {} }
  const message = failure.message.split(' {')[0] ?? code
  const word = status === 404 && code !== 'CALL_GONE' ? { message: 'bad_identifier' } : {}
  return { status, ...word, data: { message, code, ...details }, headers: {} }
}

/**
 * `{"flow.data.id": {"required": {"message": …, "pointer": "/flow/data/id"}}}`
 *
 * @source KAZOO cb_context:add_validation_error/4; `pointer` is ours (RFC 6901)
 */
function problemsByField(problems: readonly ApiProblem[]): Record<string, Record<string, unknown>> {
  const fields = new Map<string, Map<string, unknown>>()
  for (const { at, rule, problem, value } of problems) {
    const field = at.split('/').slice(1).map(unescaped).join('.') || 'data'
    const rules = fields.get(field) ?? new Map<string, unknown>()
    fields.set(field, rules)
    rules.set(rule, { message: problem, pointer: at, ...(value === undefined ? {} : { value }) })
  }
  return Object.fromEntries([...fields].map(([field, rules]) => [field, Object.fromEntries(rules)]))
}

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')
