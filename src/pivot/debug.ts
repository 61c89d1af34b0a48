import { isUtf8 } from 'node:buffer'
import { isFailure, type Failure } from '../base/index.ts'
import type { HttpAnswer, HttpTiming } from '../http/index.ts'
import type { Fields } from './form.ts'
import { jsonErrors } from './json.ts'
import type { Question } from './question.ts'

/**
 * One request and what came of it. The first names are KAZOO's, the others ours.
 *
 * @source KAZOO pivot_call.erl, store_debug/2
 */
export interface DebugRecord {
  readonly call_id: string
  readonly account_id: string
  /** Seconds since the year 0, as KAZOO counts. */
  readonly created: number
  /** Counts the documents of the call, from 1. */
  readonly iteration: number
  readonly uri: string
  readonly method: 'get' | 'post'
  readonly req_headers: Readonly<Record<string, string>>
  readonly req_body: string
  readonly resp_status_code?: string
  readonly resp_headers?: Readonly<Record<string, string>>
  /** At most 65536 characters. */
  readonly resp_body?: string
  /** Of the whole body; what is longer than `resp_body` was cut. */
  readonly resp_body_bytes?: number
  /** The body byte for byte, when it is not UTF-8. */
  readonly resp_body_base64?: string
  readonly json_errors?: { readonly message: string; readonly before: string; readonly after: string }
  readonly schema_errors?: readonly { readonly at: string; readonly problem: string }[]
  readonly xml_errors?: readonly { readonly at: string; readonly problem: string; readonly code: number }[]
  /** Counts the attempts at the same question, from 1. */
  readonly attempt: number
  readonly final_url?: string
  readonly timing: HttpTiming
  readonly failure?: { readonly code: string; readonly fault: string; readonly details: unknown }
}

export interface Exchange {
  readonly callId: string
  readonly accountId: string
  readonly nowMs: number
  readonly iteration: number
  readonly attempt: number
  /** With what people dialled and said hidden, unless that is to be kept. */
  readonly question: Question
  readonly answer: HttpAnswer | undefined
  /** Where the answer came from, when that is not where the question went. */
  readonly redirectedTo: string | undefined
  readonly timing: HttpTiming
  readonly failure: Failure | undefined
}

const mostBodyCharacters = 65_536
const hidden = '***'

export function debugRecord(exchange: Exchange): DebugRecord {
  const { question, answer, redirectedTo, failure, callId, accountId, nowMs, iteration, attempt, timing } = exchange
  return {
    call_id: callId,
    account_id: accountId,
    created: gregorianSeconds(nowMs),
    iteration,
    uri: withoutUser(question.url),
    method: question.method === 'GET' ? 'get' : 'post',
    req_headers: withoutSecrets(question.headers),
    req_body: (question.body ?? '').slice(0, mostBodyCharacters),
    attempt,
    timing,
    ...(redirectedTo === undefined ? {} : { final_url: withoutUser(redirectedTo) }),
    ...(answer === undefined ? {} : answered(answer, failure)),
    ...(failure === undefined ? {} : failed(failure)),
  }
}

/** KAZOO's time: seconds since the beginning of the year 0. */
export const gregorianSeconds = (unixMs: number): number => Math.floor(unixMs / 1000) + 62_167_219_200

function answered({ status, headers, body }: HttpAnswer, failure: Failure | undefined): Partial<DebugRecord> {
  const text = Buffer.from(body).toString()
  const json = isFailure(failure, 'PIVOT_JSON_INVALID') ? jsonErrors(text) : undefined
  return {
    resp_status_code: String(status),
    resp_headers: withoutSecrets(headers),
    resp_body: text.slice(0, mostBodyCharacters),
    resp_body_bytes: body.length,
    ...(isUtf8(body) ? {} : { resp_body_base64: Buffer.from(body).toString('base64').slice(0, mostBodyCharacters) }),
    ...(json === undefined ? {} : { json_errors: json }),
  }
}

function failed(failure: Failure): Partial<DebugRecord> {
  const { code, fault, details } = failure
  return {
    failure: { code, fault, details },
    ...(isFailure(failure, 'FLOW_INVALID') ? { schema_errors: failure.details.problems } : {}),
    ...(isFailure(failure, 'TWIML_INVALID') ? { xml_errors: [xmlError(failure)] } : {}),
  }
}

const xmlError = ({ details: { at, problem, twilioCode } }: Failure<'TWIML_INVALID'>) => ({
  at,
  problem,
  code: twilioCode,
})

/** Names whose values let somebody in, or prove that somebody was let in. */
const secretHeaders =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-(?:twilio|pivot)-signature)$|token|secret|(?:^|-|api)key(?:$|-)/i
const harmless = /idempotency/i

/** Headers with the values that let somebody in hidden. */
export const withoutSecrets = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.test(name) && !harmless.test(name) ? hidden : value,
    ]),
  )

/** A URL with its userinfo hidden. */
export const withoutUser = (url: string): string => url.replace(/^(https?:\/\/)[^/?#@]*@/i, `$1${hidden}@`)

const personal = /^(?:Digits|SpeechResult|UnstableSpeechResult|StableSpeechResult|Transcription-?Text)$/i

/** `fields` with each character that somebody dialled or said as an asterisk. */
export function hidePersonal(fields: Fields): Fields {
  const hide = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hide(inner)]))
      : typeof value === 'string'
        ? '*'.repeat(value.length)
        : value
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, personal.test(name) ? hide(value) : value]),
  )
}
