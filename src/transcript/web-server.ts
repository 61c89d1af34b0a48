import { Failure, unlessAborted, within, type Clock } from '../base/index.ts'
import type { CallEvent } from '../call/index.ts'
import { shownUrl, type Http, type HttpAnswer, type HttpQuestion } from '../http/index.ts'
import { carriedBy } from './carried.ts'
import type { Carried, Fact } from './facts.ts'
import type { ScriptedAnswer } from './transcript.ts'

const mostQuestions = 10_000

interface Announced {
  readonly url: string
  readonly attempt: number
}

/**
 * A web server that says what it was told to, question after question, behind the Http port. What pivot asks takes the
 * next answer (a repeated question the last one, when there is no other); everything else that is sent to it, such as
 * CDRs and status callbacks, is taken with an empty 200.
 */
export class ScriptedWebServer {
  readonly #clock: Clock
  readonly #tell: (fact: Fact) => void
  readonly #answers: ScriptedAnswer[]
  readonly #announced: Announced[] = []
  readonly #questions: HttpQuestion[] = []
  #last: ScriptedAnswer | undefined

  constructor(clock: Clock, answers: readonly ScriptedAnswer[], tell: (fact: Fact) => void) {
    this.#clock = clock
    this.#tell = tell
    this.#answers = [...answers]
  }

  /** Adds an answer at the end. */
  willAnswer(answer: ScriptedAnswer): void {
    this.#answers.push(answer)
  }

  /** Answers that nobody asked for. */
  get unused(): number {
    return this.#answers.length
  }

  /** What the last question to `url` carried. */
  carriedTo(url: string): Carried | undefined {
    const question = this.#questions.findLast((asked) => shownUrl(asked.url) === url)
    return question === undefined ? undefined : carriedBy(question)
  }

  /** What the record of a call that was posted to `url` carried. */
  carriedOfCdr(url: string, callId: string): Carried | undefined {
    const posts = this.#questions.filter((asked) => shownUrl(asked.url) === url).map(carriedBy)
    return posts.findLast(({ parameters }) => parameters.get('Call-ID') === callId)
  }

  /** To be told of each event: pivot says what it is going to ask. */
  readonly observe = (event: CallEvent): void => {
    if (event.type === 'pivot.asked') this.#announced.push({ url: shownUrl(event.url), attempt: event.attempt })
    if (event.type === 'lookup.asked') this.#announced.push({ url: shownUrl(event.url), attempt: 1 })
  }

  readonly http: Http = async (question) => {
    const { signal, limits } = question
    signal.throwIfAborted()
    if (!URL.canParse(question.url)) {
      throw new Failure('HTTP_URL_INVALID', { url: question.url, problem: 'is not a URL' })
    }
    if (this.#questions.length >= mostQuestions)
      throw new Failure('HTTP_CONNECT', { url: question.url, reason: 'busy' })
    this.#questions.push(question)
    const answer = this.#answerTo(question)
    const url = question.url
    const timeoutMs = Math.min(limits.totalMs, limits.readMs ?? Infinity)
    const late = (): Failure => new Failure('HTTP_TIMEOUT', { url, timeoutMs, stage: 'headers' })
    return within({ clock: this.#clock, ms: timeoutMs, signal }, late, (either) => this.#give(answer, question, either))
  }

  #answerTo(question: HttpQuestion): ScriptedAnswer {
    const url = shownUrl(question.url)
    const index = this.#announced.findIndex((announced) => announced.url === url)
    const [announced] = index < 0 ? [] : this.#announced.splice(index, 1)
    if (announced === undefined) return thanks
    const what = `is asked ${question.method} ${withoutQuery(question.url)}`
    const aliases = ['is asked', `is asked ${question.method}`, `is asked ${question.method} ${question.url}`]
    const at = this.#clock.now()
    this.#tell({ kind: 'asked', who: 'webhook', what, aliases, at, carried: carriedBy(question) })
    const answer = this.#answers.shift() ?? (announced.attempt > 1 ? this.#last : undefined)
    this.#last = answer
    if (answer !== undefined) return answer
    const unscripted = `has no answer for ${question.method} ${question.url}`
    this.#tell({ kind: 'unscripted', who: 'webhook', what: unscripted, aliases: [], at, carried: undefined })
    return { kind: 'refuses' }
  }

  async #give(answer: ScriptedAnswer, { url, limits }: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
    switch (answer.kind) {
      case 'silent':
        return unlessAborted(new Promise<never>(() => undefined), signal)
      case 'refuses':
        throw new Failure('HTTP_CONNECT', { url, reason: 'ECONNREFUSED' })
      case 'resets':
        throw new Failure('HTTP_RESET', { url })
      case 'unresolvable':
        throw new Failure('HTTP_DNS', { url, host: new URL(url).hostname })
      case 'says':
        break
    }
    if (answer.afterMs > 0) await this.#clock.sleep(answer.afterMs, signal)
    const body = Buffer.from(answer.body)
    if (body.length > limits.mostBytes) throw new Failure('HTTP_BODY_TOO_LARGE', { url, mostBytes: limits.mostBytes })
    const { status, contentType } = answer
    const cookies = answer.headers.flatMap(([name, value]) => (name === 'set-cookie' ? [value] : []))
    const headers = Object.fromEntries(answer.headers)
    return {
      url,
      status,
      headers: contentType === undefined ? headers : { 'content-type': contentType, ...headers },
      cookies,
      body,
      timing: { totalMs: answer.afterMs, firstByteMs: answer.afterMs },
    }
  }
}

const thanks: ScriptedAnswer = {
  kind: 'says',
  status: 200,
  contentType: undefined,
  headers: [],
  body: '',
  afterMs: 0,
}

const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '')
