/** The body of an error, as KAZOO's API gives it. */
export interface ErrorEnvelope {
  readonly data: Readonly<Record<string, unknown>>
  readonly error: string
  readonly message: string
  readonly status: 'error'
  readonly timestamp: string
  readonly request_id: string
}

/** KAZOO's words for the statuses that every route may answer. */
const messages: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'invalid_credentials',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'request_too_large',
  414: 'uri_too_long',
  415: 'invalid_media_type',
  416: 'range_not_satisfiable',
  500: 'internal_error',
}

export interface ErrorFacts {
  readonly status: number
  readonly requestId: string
  /** Unix milliseconds. */
  readonly atMs: number
  /** What is known beyond the status, for the reader of the answer. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** @source KAZOO cb_context:response/1 and api_util: the keys of an error answer */
export function errorEnvelope({ status, requestId, atMs, data = {} }: ErrorFacts): ErrorEnvelope {
  return {
    data,
    error: String(status),
    message: messages[status] ?? 'error',
    status: 'error',
    timestamp: new Date(atMs).toISOString(),
    request_id: requestId,
  }
}
