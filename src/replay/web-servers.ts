import { Failure, unlessAborted, type Clock } from '../base/index.ts'
import type { CallEvent } from '../call/index.ts'
import { shownUrl, type Http, type HttpAnswer, type HttpQuestion } from '../http/index.ts'
import type { RecordedOf } from './event.ts'
import { bodyOf, type Exchange } from './exchanges.ts'
import { questionDifference } from './question.ts'
import type { Stuck } from './stuck.ts'
import type { Difference } from '../transcript/index.ts'
import type { Timeline } from './timeline.ts'

export interface WebServersOptions {
  /** Everything that has happened on the call so far: pivot says there what it is about to ask. */
  readonly events: () => readonly CallEvent[]
  readonly exchanges: readonly Exchange[]
  readonly called: readonly RecordedOf<'webhook.called'>[]
  readonly lookedUp: readonly RecordedOf<'lookup.answered'>[]
  readonly timeline: () => Timeline
  /** Told of a question that is not the recorded one, before it is answered. */
  readonly differs: (difference: Difference) => void
  /** Told of a question that the recording has no answer for. */
  readonly cannotAnswer: (stuck: Stuck) => void
}

/** The recorded web servers: they answer again what they answered, when they answered it. */
export class WebServers {
  readonly #options: WebServersOptions
  readonly #called: RecordedOf<'webhook.called'>[]
  readonly #lookedUp: RecordedOf<'lookup.answered'>[]
  /** What pivot is about to ask: everything else is a message that nobody waits for. */
  readonly #announced: string[] = []
  #seen = 0
  #asked = 0

  constructor(options: WebServersOptions) {
    this.#options = options
    this.#called = [...options.called]
    this.#lookedUp = [...options.lookedUp]
  }

  /** The servers, as they are on `clock`. */
  open(clock: Clock): Http {
    return async (question) => {
      question.signal.throwIfAborted()
      if (!this.#isAnnounced(shownUrl(question.url))) return this.#lookUp(question, clock) ?? this.#take(question)
      const exchange = this.#options.exchanges[this.#asked++]
      // What is asked too often is told by the event that announced it.
      return exchange === undefined ? forever(question) : this.#answer(question, exchange, clock)
    }
  }

  #isAnnounced(url: string): boolean {
    const events = this.#options.events()
    for (const event of events.slice(this.#seen)) if (event.type === 'pivot.asked') this.#announced.push(event.url)
    this.#seen = events.length
    const index = this.#announced.indexOf(url)
    if (index >= 0) this.#announced.splice(index, 1)
    return index >= 0
  }

  async #answer(question: HttpQuestion, { record, outcome, line }: Exchange, clock: Clock): Promise<HttpAnswer> {
    const { timeline, differs, cannotAnswer } = this.#options
    const body = record === undefined ? undefined : bodyOf(record)
    if (record === undefined || body === undefined) {
      cannotAnswer({ line, problem: record === undefined ? unrecorded : 'the answer was too long to be kept in full' })
      return forever(question)
    }
    const difference = questionDifference(record, question)
    if (difference !== undefined) differs({ line, story: [], ...difference })
    if (outcome === undefined) return forever(question)
    const failure = outcome.type === 'pivot.failed' ? failureOf(outcome, question) : undefined
    if (failure === 'silence') return forever(question)
    await clock.sleep(timeline().msUntil(outcome.atMs), question.signal)
    if (failure !== undefined) throw failure
    const { final_url: url = question.url, resp_status_code: status, resp_headers: headers = {} } = record
    return { url, status: Number(status), headers, cookies: [], body, timing: { totalMs: 0 } }
  }

  /** What an action looks up is answered as it was, and when; undefined when it did not look that up. */
  #lookUp(question: HttpQuestion, clock: Clock): Promise<HttpAnswer> | undefined {
    const url = shownUrl(question.url)
    const index = this.#lookedUp.findIndex((answered) => answered.url === url)
    const [answered] = index < 0 ? [] : this.#lookedUp.splice(index, 1)
    return answered && this.#lookedUpAgain(question, answered, clock)
  }

  async #lookedUpAgain(
    { url, signal }: HttpQuestion,
    { atMs, status, code, body = '' }: RecordedOf<'lookup.answered'>,
    clock: Clock,
  ): Promise<HttpAnswer> {
    await clock.sleep(this.#options.timeline().msUntil(atMs), signal)
    if (code !== undefined) throw failureNamed(code, {}, shownUrl(url))
    return { url, status: status ?? 200, headers: {}, cookies: [], body: Buffer.from(body), timing }
  }

  /** What is sent in the background is answered as it was, else with an empty 200. */
  #take(question: HttpQuestion): HttpAnswer {
    const url = shownUrl(question.url)
    const index = this.#called.findIndex((called) => called.url === url)
    const [called] = index < 0 ? [] : this.#called.splice(index, 1)
    if (called?.code !== undefined && called.code !== 'HTTP_STATUS') throw failureNamed(called.code, {}, url)
    return { url: question.url, status: called?.status ?? 200, headers: {}, cookies: [], body: noBody, timing }
  }
}

const noBody = new Uint8Array()
const timing = { totalMs: 0 }
const unrecorded = 'what was asked and answered here was not recorded: the pivot node that asked has no debug'

const forever = ({ signal }: HttpQuestion): Promise<never> => unlessAborted(new Promise<never>(() => undefined), signal)

/** What the connection did; undefined when there was an answer that pivot itself made a failure of. */
function failureOf(
  { code, details }: RecordedOf<'pivot.failed'>,
  { url, limits }: HttpQuestion,
): Failure | 'silence' | undefined {
  if (!code.startsWith('HTTP_') || code === 'HTTP_STATUS') return undefined
  const fields = typeof details === 'object' && details !== null ? { ...details } : {}
  const failure = failureNamed(code, fields, shownUrl(url))
  // Pivot's own limit is its own to keep; those of single stages are the connection's.
  const isOurs = 'timeoutMs' in fields && Number(fields.timeoutMs) >= limits.totalMs
  return code === 'HTTP_TIMEOUT' && isOurs ? 'silence' : failure
}

function failureNamed(code: string, details: Readonly<Record<string, unknown>>, url: string): Failure {
  const text = (name: string): string => {
    const value = details[name]
    return typeof value === 'string' ? value : 'as recorded'
  }
  const number = (name: string): number => Number(details[name] ?? 0)
  switch (code) {
    case 'HTTP_BODY_TOO_LARGE':
      return new Failure(code, { url, mostBytes: number('mostBytes') })
    case 'HTTP_DNS':
      return new Failure(code, { url, host: text('host') })
    case 'HTTP_ENCODING':
      return new Failure(code, { url, encoding: text('encoding') })
    case 'HTTP_FORBIDDEN_ADDRESS':
      return new Failure(code, { url, address: text('address') })
    case 'HTTP_PROTOCOL':
    case 'HTTP_TLS':
      return new Failure(code, { url, reason: text('reason') })
    case 'HTTP_REDIRECTS':
      return new Failure(code, { url, mostRedirects: number('mostRedirects') })
    case 'HTTP_RESET':
      return new Failure(code, { url })
    case 'HTTP_TIMEOUT':
      return new Failure(code, { url, timeoutMs: number('timeoutMs'), stage: text('stage') })
    case 'HTTP_URL_INVALID':
      return new Failure(code, { url, problem: text('problem') })
    default:
      return new Failure('HTTP_CONNECT', { url, reason: text('reason') })
  }
}
