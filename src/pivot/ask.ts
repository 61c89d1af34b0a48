import { asFailure, Failure, newUuid, within, type Clock, type Log } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Registry } from '../callflow/index.ts'
import { shownUrl, Stopwatch, type Http, type HttpAnswer, type HttpLimits } from '../http/index.ts'
import { readAnswer, type Answer } from './answer.ts'
import type { Cookies } from './cookies.ts'
import type { Method, PivotSettings } from './data.ts'
import { debugRecord, hidePersonal } from './debug.ts'
import type { Fields } from './form.ts'
import { readOverrides, type Overrides } from './overrides.ts'
import { assemble, type Question } from './question.ts'
import { twilioCodeOf } from './twilio-codes.ts'

const mostAnswerBytes = 1_048_576
const mostRedirects = 10
/** Before the second attempt; doubled for each further one. */
const firstPauseMs = 100

/** Who asks, for whom, and how. */
export interface Asker {
  readonly http: Http
  readonly registry: Registry
  readonly call: Call
  readonly clock: Clock
  readonly log: Log
  readonly settings: PivotSettings
  readonly cookies: Cookies
  /** Keep what people dialled and said in debug records. */
  readonly showPersonal: boolean
}

export interface Asking {
  readonly url: string
  readonly method: Method
  readonly fields: Fields
  /** Counts the documents of the call, from 1. */
  readonly iteration: number
  /** Whether an answer without a body is one: nothing more is to be done. */
  readonly mayBeEmpty: boolean
  /** Whether sound is an answer: it is to be played. */
  readonly mayBeSound: boolean
  readonly signal: AbortSignal
}

export interface Asked {
  readonly answer: Answer
  /** Where it came from in the end. */
  readonly url: string
}

/**
 * Asks for a document: the URL, as often as its overrides say, then the fallback URL if there is one.
 *
 * @throws the failure of the last attempt (see `readAnswer` and `Http`), or `signal`'s reason
 */
export async function ask(asking: Asking, asker: Asker): Promise<Asked> {
  const { fallback, format } = asker.settings
  try {
    return await askRepeatedly(asking, asker)
  } catch (error) {
    asking.signal.throwIfAborted()
    if (fallback === undefined) throw error
    const failure = asFailure(error)
    const ErrorCode = format === 'twiml' ? String(twilioCodeOf(failure)) : failure.code
    const fields = { ...asking.fields, ErrorCode, ErrorUrl: shownUrl(asking.url) }
    asker.log.info('pivot.fallback', { url: shownUrl(fallback.url), code: failure.code })
    return askRepeatedly({ ...asking, ...fallback, fields }, asker)
  }
}

/** All attempts at one question share one total limit and one idempotency token. */
async function askRepeatedly(asking: Asking, asker: Asker): Promise<Asked> {
  const { clock, settings } = asker
  const overrides = readOverrides(asking.url)
  const timeoutMs = Math.min(settings.timeoutMs, overrides.totalMs ?? Infinity)
  const endsAt = clock.now() + timeoutMs
  const token = newUuid()
  for (let attempt = 1; ; attempt++) {
    const leftMs = Math.max(1, endsAt - clock.now())
    try {
      return await askOnce(asking, { attempt, token, leftMs, timeoutMs, overrides }, asker)
    } catch (error) {
      asking.signal.throwIfAborted()
      const failure = asFailure(error)
      const pauseMs = firstPauseMs * 2 ** (attempt - 1)
      const isOver = attempt > overrides.retries || clock.now() + pauseMs >= endsAt
      if (isOver || !overrides.isWorthARetry(failure)) throw failure
      await clock.sleep(pauseMs, asking.signal)
    }
  }
}

interface Attempt {
  readonly attempt: number
  readonly token: string
  readonly leftMs: number
  readonly timeoutMs: number
  readonly overrides: Overrides
}

async function askOnce(asking: Asking, attempt: Attempt, asker: Asker): Promise<Asked> {
  const { call, clock, registry, cookies } = asker
  const { iteration, mayBeEmpty, mayBeSound, signal, method } = asking
  const stopwatch = new Stopwatch(clock)
  const told = { url: shownUrl(asking.url), iteration, attempt: attempt.attempt }
  if (asker.settings.isDebugged) call.describe()
  call.tell({ type: 'pivot.asked', method, ...told })
  let question: Question | undefined
  let answer: HttpAnswer | undefined
  try {
    question = questionOf(asking, attempt, asker, asking.fields)
    answer = await send(question, attempt, stopwatch, asking, asker)
    cookies.keep(answer.url, answer.cookies, clock.now())
    const read = readAnswer(answer, { registry, mayBeEmpty, mayBeSound })
    const timing = stopwatch.timing()
    const dialect = read.dialect === 'kazoo' ? 'kazoo' : 'twiml'
    const url = shownUrl(answer.url)
    call.tell({ type: 'pivot.answered', ...told, url, status: answer.status, dialect, timing })
    remember(asking, attempt, asker, { question, answer, stopwatch, failure: undefined })
    return { answer: read, url: baseOf(answer, question, asking) }
  } catch (error) {
    if (signal.aborted) {
      // Nobody is left to tell, but whoever reads the records wants to know what was asked.
      const failure = new Failure('CALL_GONE', { callId: call.id })
      remember(asking, attempt, asker, { question, answer: undefined, stopwatch, failure })
      signal.throwIfAborted()
    }
    const failure = asFailure(error)
    const { code, fault, details } = failure
    call.tell({ type: 'pivot.failed', ...told, code, fault, details, timing: stopwatch.timing() })
    remember(asking, attempt, asker, { question, answer, stopwatch, failure })
    throw failure
  }
}

/** What relative URLs mean: where the answer came from, without the parameters that a GET has added to the query. */
function baseOf(answer: HttpAnswer, question: Question, asking: Asking): string {
  return isRedirected(answer, question) ? answer.url : asking.url.replace(/#.*$/s, '')
}

const isRedirected = (answer: HttpAnswer, question: Question): boolean =>
  answer.url.replace(/#.*$/s, '') !== question.url.replace(/#.*$/s, '')

function questionOf(asking: Asking, { token }: Attempt, asker: Asker, fields: Fields): Question {
  const { settings, call, clock, cookies } = asker
  const { url, method } = asking
  const { format, bodyFormat, headers } = settings
  const { secret } = call.account
  return assemble({ url, method, format, bodyFormat, fields, headers, secret, token, cookies, nowMs: clock.now() })
}

/** Sends a question within what is left of the total limit. */
function send(
  question: Question,
  { leftMs, timeoutMs, overrides }: Attempt,
  stopwatch: Stopwatch,
  { signal }: Asking,
  { http, clock }: Asker,
): Promise<HttpAnswer> {
  const { url, method, headers, body, redirected } = question
  const { connectMs, readMs } = overrides
  const limits: HttpLimits = {
    totalMs: leftMs,
    mostBytes: mostAnswerBytes,
    mostRedirects,
    ...(connectMs === undefined ? {} : { connectMs }),
    ...(readMs === undefined ? {} : { readMs }),
  }
  const late = (): Failure =>
    new Failure('HTTP_TIMEOUT', { url: shownUrl(url), timeoutMs, stage: stopwatch.stage ?? 'headers' })
  return within({ clock, ms: leftMs, signal }, late, (stop) =>
    http({
      url,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      limits,
      signal: stop,
      redirected,
      onStage: (stage) => stopwatch.enter(stage),
    }),
  )
}

/** Tells the whole exchange, when it is to be debugged or was not JSON (KAZOO keeps those always). */
function remember(
  asking: Asking,
  attempt: Attempt,
  asker: Asker,
  outcome: {
    question: Question | undefined
    answer: HttpAnswer | undefined
    stopwatch: Stopwatch
    failure: Failure | undefined
  },
): void {
  const { call, clock, settings, showPersonal } = asker
  const { question, answer, stopwatch, failure } = outcome
  if (!settings.isDebugged && failure?.code !== 'PIVOT_JSON_INVALID') return
  const record = debugRecord({
    callId: call.id,
    accountId: call.account.id,
    nowMs: clock.now(),
    iteration: asking.iteration,
    attempt: attempt.attempt,
    question: question === undefined || showPersonal ? (question ?? unsent(asking)) : hidden(asking, attempt, asker),
    answer,
    redirectedTo:
      answer !== undefined && question !== undefined && isRedirected(answer, question) ? answer.url : undefined,
    timing: stopwatch.timing(),
    failure,
  })
  call.tell({ type: 'pivot.debug', record })
}

const hidden = (asking: Asking, attempt: Attempt, asker: Asker): Question =>
  questionOf(asking, attempt, asker, hidePersonal(asking.fields))

/** A question that could not even be put together. */
const unsent = ({ url, method }: Asking): Question => ({
  url,
  method,
  headers: {},
  body: undefined,
  redirected: () => ({}),
})
