import { Type, type TSchema } from 'typebox'
import type { DataAnswer } from './route.ts'

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
  403: 'forbidden',
  404: 'not_found',
  405: 'invalid_method',
  409: 'datastore_conflict',
  412: 'precondition_failed',
  413: 'request_too_large',
  414: 'uri_too_long',
  415: 'invalid_media_type',
  416: 'range_not_satisfiable',
  429: 'too_many_requests',
  500: 'internal_error',
  503: 'unavailable',
}

export interface ErrorFacts {
  readonly status: number
  readonly requestId: string
  /** Unix milliseconds. */
  readonly atMs: number
  /** Instead of KAZOO's word for the status. */
  readonly message?: string
  /** What is known beyond the status, for the reader of the answer. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** @source KAZOO cb_context:response/1 and api_util: the keys of an error answer */
export function errorEnvelope({ status, requestId, atMs, message, data = {} }: ErrorFacts): ErrorEnvelope {
  return {
    data,
    error: String(status),
    message: message ?? messages[status] ?? 'error',
    status: 'error',
    timestamp: new Date(atMs).toISOString(),
    request_id: requestId,
  }
}

export interface EnvelopeFacts {
  readonly requestId: string
  /** Unix milliseconds. */
  readonly atMs: number
  readonly node: string
  readonly version: string
}

/** @source KAZOO api_util:create_resp_envelope: the keys of a successful answer */
export function envelope({ data, revision, page, authToken }: DataAnswer, facts: EnvelopeFacts): object {
  const { requestId, atMs, node, version } = facts
  return {
    data,
    ...(page === undefined ? {} : { page_size: page.size }),
    ...(page?.startKey === undefined ? {} : { start_key: page.startKey }),
    ...(page?.nextStartKey === undefined ? {} : { next_start_key: page.nextStartKey }),
    ...(revision === undefined ? {} : { revision }),
    ...(authToken === undefined ? {} : { auth_token: authToken }),
    status: 'success',
    timestamp: new Date(atMs).toISOString(),
    version,
    node,
    request_id: requestId,
  }
}

/** The schema of an answer whose data is `data`. */
export const envelopeOf = (data: TSchema): TSchema =>
  Type.Object({
    data,
    status: Type.Literal('success'),
    request_id: Type.String(),
    timestamp: Type.String({ format: 'date-time' }),
    version: Type.String(),
    node: Type.String(),
    revision: Type.Optional(Type.String({ description: 'Also the ETag.' })),
    auth_token: Type.Optional(Type.String()),
    page_size: Type.Optional(Type.Integer({ description: 'How many are in `data`.' })),
    start_key: Type.Optional(Type.String()),
    next_start_key: Type.Optional(Type.String({ description: 'The `start_key` of the next page, if there is one.' })),
  })

/** The schema of every error. */
export const errorSchema = Type.Object(
  {
    data: Type.Object(
      {},
      {
        description:
          'Of a validation error: what is wrong by the path of the field, `{"sip.username": {"unique": {"message": …}}}`.',
      },
    ),
    error: Type.String({ description: 'The status, as text.' }),
    message: Type.String(),
    status: Type.Literal('error'),
    timestamp: Type.String({ format: 'date-time' }),
    request_id: Type.String(),
  },
  { description: 'Something is wrong with the question, or with us.' },
)
