import { aborted, asFailure, Failure, isFailure, never, newUuid } from '../base/index.ts'
import { Hangup, type Branch, type Call, type Calling, type Recordings } from '../call/index.ts'
import {
  become,
  child,
  hangUp,
  stop,
  wildcard,
  type ActionContext,
  type Children,
  type Next,
} from '../callflow/index.ts'
import type { Registry } from '../callflow/index.ts'
import type { Conferences } from '../conferences/index.ts'
import { shownUrl, type Deliveries, type Http } from '../http/index.ts'
import type { Queues } from '../queues/index.ts'
import {
  newSessionState,
  runDocument,
  type Dialling,
  type DocumentEnd,
  type Occasion,
  type Place,
  type Reach,
  type SessionState,
  type TwimlDocument,
} from '../twiml/index.ts'
import { ask, type Asked, type Asker } from './ask.ts'
import { Cookies } from './cookies.ts'
import { settingsOf, type Method, type PivotData, type PivotSettings } from './data.ts'
import type { Fields } from './form.ts'
import { kazooParameters } from './params/kazoo.ts'
import { twilioParameters } from './params/twilio.ts'
import { assemble } from './question.ts'

/** What pivot needs of the house. */
export interface PivotPorts {
  readonly http: Http
  /** The actions that answers may use; pivot is one of them. */
  readonly registry: () => Registry
  readonly recordings: Recordings
  /** Carries status callbacks. */
  readonly deliveries: Deliveries
  /** How `<Dial>` reaches other parties. */
  readonly dialling: {
    readonly calling: Calling
    readonly reach: Reach
    readonly conferences: Conferences
    readonly queues: Queues
  }
  /** Keep what people dialled and said in debug records. Off unless the operator asks. */
  readonly showPersonal?: boolean
}

/** Carries out the `pivot` action. Never throws but for a caller who is gone. */
export type Pivot = (data: PivotData, context: ActionContext, children: Children) => Promise<Next>

export const mostDocuments = 1000

/** What pivot keeps of a call from one pivot node to the next. */
interface Conversation {
  readonly cookies: Cookies
  documents: number
  /** How many of them were carried out in queues, where time alone limits them. */
  whileWaiting: number
}

/** While a call waits in a queue, so many documents are asked for in so many milliseconds, at most. */
const mostAtOnce = 10
const atOnceMs = 10_000

export function openPivot(ports: PivotPorts): Pivot {
  const conversations = new WeakMap<Call, Conversation>()
  return async (data, context, children) => {
    const { call } = context
    const conversation = conversations.get(call) ?? newConversation()
    conversations.set(call, conversation)
    return new Session(ports, settingsOf(data), context, conversation).run(children)
  }
}

/** What a session is for, other than the flow of a call. */
interface Aside {
  readonly occasion: Exclude<Occasion, 'call'>
  /** The call that a callee was dialled for. */
  readonly parent?: Call
  /** What the web server is told besides. */
  readonly told: () => Fields
  /** Shared with the session of the call's flow. */
  readonly state?: SessionState
}

interface Turn {
  readonly url: string
  readonly method: Method
  /** What the last verb has to say. */
  readonly parameters: Fields
}

/** One pivot node: asks, carries out what is answered, and asks again, until an answer takes the call elsewhere. */
class Session {
  readonly #ports: PivotPorts
  readonly #settings: PivotSettings
  readonly #context: ActionContext
  readonly #conversation: Conversation
  readonly #state: SessionState
  readonly #asker: Asker
  /** A TwiML document was carried out: from here on the call is this session's to end. */
  #hasBegun = false
  readonly #aside: Aside | undefined
  /** The verbs that are carried out, when it is not all: the session is what a caller hears while waiting. */
  readonly #only: ReadonlySet<string> | undefined

  constructor(
    ports: PivotPorts,
    settings: PivotSettings,
    context: ActionContext,
    conversation: Conversation,
    aside?: Aside,
    only?: ReadonlySet<string>,
  ) {
    this.#ports = ports
    this.#settings = settings
    this.#context = context
    this.#conversation = conversation
    this.#aside = aside
    this.#state = aside?.state ?? newSessionState()
    this.#only = only
    const { call, clock, log } = context
    const { http, showPersonal = false } = ports
    this.#asker = {
      http,
      registry: ports.registry(),
      call,
      clock,
      log,
      settings,
      cookies: conversation.cookies,
      showPersonal,
    }
  }

  /**
   * A failure takes the wildcard child if there is one and the caller is still there, and hangs up otherwise: never
   * silence, never both.
   */
  async run(children: Children): Promise<Next> {
    const { signal, log } = this.#context
    try {
      return await this.#converse()
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Hangup) throw error
      const failure = asFailure(error)
      const goesOn = children.has(wildcard)
      const { code, fault } = failure
      if (fault === 'us') log.error('pivot.gave-up', { code, fault, goesOn, error: failure })
      else log.warn('pivot.gave-up', { code, fault, goesOn })
      if (goesOn) return child()
      return this.#hasBegun ? hangUp(failureCause) : stop(failureCause)
    }
  }

  async #converse(): Promise<Next> {
    let turn: Turn = { url: this.#settings.url, method: this.#settings.method, parameters: {} }
    for (;;) {
      const { answer, url } = await this.#ask(turn)
      if (answer.dialect === 'kazoo') return become(answer.flow)
      if (answer.dialect !== 'twiml') return hangUp()
      const end = await this.#carryOut(answer.document, url)
      if (end.end !== 'ask') return this.#end(end)
      turn = end
    }
  }

  /**
   * Carries out documents on a callee until they end, or hang up.
   *
   * @returns whether the callee is to be connected
   * @throws what is wrong with a document, or `signal`'s reason
   */
  async screen(): Promise<boolean> {
    let turn: Turn = { url: this.#settings.url, method: this.#settings.method, parameters: {} }
    for (;;) {
      const { answer, url } = await this.#ask(turn)
      if (answer.dialect === 'kazoo')
        throw new Failure('PIVOT_CONTENT_TYPE', { url: shownUrl(url), contentType: 'JSON' })
      if (answer.dialect !== 'twiml') return true
      const end = await this.#carryOut(answer.document, url)
      if (end.end !== 'ask') return end.end === 'finished'
      turn = end
    }
  }

  /**
   * Carries out documents on a call that waits in a queue, from the first one over and over, until one lets it leave or
   * hangs up.
   *
   * @throws what is wrong with a document, or `signal`'s reason
   */
  async waitInQueue(): Promise<void> {
    const { call, clock, signal } = this.#context
    const first: Turn = { url: this.#settings.url, method: this.#settings.method, parameters: {} }
    const begun: number[] = []
    for (let turn = first; ;) {
      const oldest = begun.length < mostAtOnce ? undefined : begun.shift()
      if (oldest !== undefined) await clock.sleep(Math.max(0, oldest + atOnceMs - clock.now()), signal)
      begun.push(clock.now())
      const { answer, url } = await this.#ask(turn)
      turn = first
      if (answer.dialect === 'kazoo')
        throw new Failure('PIVOT_CONTENT_TYPE', { url: shownUrl(url), contentType: 'JSON' })
      if (answer.dialect === 'sound') await call.leg.play({ kind: 'url', url }, { signal, times: Infinity })
      if (answer.dialect !== 'twiml') continue
      const end = await this.#carryOut(answer.document, url)
      if (end.end === 'leave') return
      if (end.end === 'ask') turn = end
      else if (end.end !== 'finished') {
        await call.leg.hangup('NORMAL_CLEARING')
        throw (await aborted(signal)) as Error
      }
    }
  }

  /** A caller who has hung up during a recording or a Dial is still told of; what comes back is nobody's. */
  async #ask({ url, method, parameters }: Turn): Promise<Asked> {
    const { call, signal } = this.#context
    const isOver = call.leg.ended.aborted
    if (!isOver) signal.throwIfAborted()
    const iteration = ++this.#conversation.documents
    if (this.#aside?.occasion === 'queue') this.#conversation.whileWaiting++
    const counted = iteration - this.#conversation.whileWaiting
    if (counted > mostDocuments) throw this.#tooMany(url, iteration)
    const fields = this.#fields(parameters)
    const asking = {
      url,
      method,
      fields,
      iteration,
      mayBeEmpty: this.#hasBegun || this.#aside !== undefined || this.#only !== undefined,
      mayBeSound: this.#aside?.occasion === 'queue',
      signal: isOver ? never : signal,
    }
    try {
      return await ask(asking, this.#asker)
    } finally {
      if (isOver) signal.throwIfAborted()
    }
  }

  #tooMany(url: string, iteration: number): Failure {
    const { call } = this.#context
    const failure = new Failure('PIVOT_TOO_MANY_DOCUMENTS', { mostDocuments })
    const { code, fault, details } = failure
    call.tell({ type: 'pivot.failed', url: shownUrl(url), iteration, attempt: 1, code, fault, details })
    return failure
  }

  /** What the verb says comes first, then the call's own facts; variables of `<Set>` never hide those. */
  #fields(parameters: Fields): Fields {
    const facts = { call: this.#context.call, state: this.#state, ...withParent(this.#aside?.parent) }
    const base = this.#settings.format === 'kazoo' ? kazooParameters(facts) : twilioParameters(facts)
    return {
      ...Object.fromEntries(this.#state.variables),
      ...this.#state.recording,
      ...base,
      ...this.#aside?.told(),
      ...parameters,
    }
  }

  async #carryOut(document: TwimlDocument, url: string): Promise<DocumentEnd> {
    const { call, clock, signal, log } = this.#context
    if (!this.#hasBegun) this.#begin()
    const { recordings } = this.#ports
    const notify = this.#notify.bind(this)
    const occasion: Occasion = this.#aside?.occasion ?? 'call'
    const dialling = occasion === 'call' && this.#only === undefined ? this.#dialling() : undefined
    const state = this.#state
    const only = this.#only === undefined ? {} : { only: this.#only }
    const context = { call, clock, signal, log, state, recordings, occasion, dialling, url, notify, ...only }
    return runDocument(document, context)
  }

  /** How the verbs of a document reach others, in the name of this call. */
  #dialling(): Dialling {
    const { call, clock } = this.#context
    const { calling, reach, conferences, queues } = this.#ports.dialling
    return {
      calling,
      conferences,
      queues,
      entertain: (at, parameters, signal) => this.#entertain(at, parameters, signal),
      reach: async (party, options) => (await reach(party, options)).map((branch) => this.#reported(branch)),
      screen: (callee, at, signal) => {
        const context = { call: callee, clock, signal, log: callee.log }
        const parent = callee.leg.direction === 'outbound' ? { parent: call } : {}
        const aside: Aside = { occasion: 'whisper', told: () => at.parameters ?? {}, ...parent }
        const settings = { ...this.#settingsAt(at), format: 'twiml' } as const
        return new Session(this.#ports, settings, context, newConversation(), aside).screen()
      },
      waitInQueue: (at, told, signal) => {
        const context = { ...this.#context, signal }
        const aside: Aside = { occasion: 'queue', told, state: this.#state }
        return new Session(this.#ports, this.#settingsAt(at), context, this.#conversation, aside).waitInQueue()
      },
      tell: (callee, url, method, parameters) => {
        const facts = twilioParameters({
          call: callee,
          state: newSessionState(),
          ...(callee === call ? {} : { parent: call }),
        })
        this.#notify(url, method, { ...facts, ...parameters })
      },
    }
  }

  async #entertain(
    at: { readonly url: string; readonly method: Method },
    parameters: Fields,
    signal: AbortSignal,
  ): Promise<void> {
    const { call, clock, log } = this.#context
    const play = (): Promise<void> => call.leg.play({ kind: 'url', url: at.url }, { signal, times: Infinity })
    if (/\.(?:mp3|wav|aiff?|au|ulaw|gsm)$/i.test(at.url.replace(/[?#].*$/s, ''))) return play()
    const settings = { ...this.#settings, ...at, cdrUrl: undefined, fallback: undefined }
    const conversation = { cookies: this.#conversation.cookies, documents: 0, whileWaiting: 0 }
    try {
      const context = { call, clock, signal, log }
      await new Session(this.#ports, settings, context, conversation, undefined, waitVerbs).entertain(parameters)
    } catch (error) {
      if (!isFailure(error, 'PIVOT_CONTENT_TYPE')) throw error
      await play()
    }
  }

  /** Carries out documents until they end. @throws what is wrong with one, or the signal's reason */
  async entertain(parameters: Fields): Promise<void> {
    let turn: Turn = { url: this.#settings.url, method: this.#settings.method, parameters }
    for (;;) {
      const { answer, url } = await this.#ask(turn)
      if (answer.dialect === 'kazoo')
        throw new Failure('PIVOT_CONTENT_TYPE', { url: shownUrl(url), contentType: 'JSON' })
      if (answer.dialect !== 'twiml') return
      const end = await this.#carryOut(answer.document, url)
      if (end.end !== 'ask') return
      turn = { ...end, parameters: { ...parameters, ...end.parameters } }
    }
  }

  /** For documents that are not those of the call's flow. */
  #settingsAt({ url, method }: Place): PivotSettings {
    return { ...this.#settings, url, method, cdrUrl: undefined, fallback: undefined }
  }

  /** The record of whoever is called is wanted where the caller's is. */
  #reported(branch: Branch): Branch {
    const { call } = this.#context
    return {
      ...branch,
      observe: (event, callee) => {
        if (event.type === 'leg.dialled') report(callee, call.reports)
        branch.observe?.(event, callee)
      },
    }
  }

  #begin(): void {
    this.#hasBegun = true
    const { cdrUrl: url, format, headers } = this.#settings
    if (url === undefined) return
    report(this.#context.call, [{ url, format, headers }])
  }

  async #end(end: Exclude<DocumentEnd, { end: 'ask' }>): Promise<Next> {
    const { call } = this.#context
    switch (end.end) {
      case 'finished':
      case 'leave':
        return hangUp()
      case 'hangUp':
        return hangUp(end.cause)
      case 'reject':
        await call.leg.reject(end.sipStatus, end.reason)
        return hangUp('CALL_REJECTED')
    }
  }

  #notify(url: string, method: Method, parameters: Fields): void {
    void this.#deliver(url, method, parameters).then(({ status, code }) => {
      const fact = { type: 'webhook.called', url: shownUrl(url), status } as const
      this.#context.call.tell(code === undefined ? fact : { ...fact, code })
    })
  }

  async #deliver(to: string, method: Method, fields: Fields) {
    const { call, clock } = this.#context
    const { format, headers } = this.#settings
    const question = assemble({
      url: to,
      method,
      format,
      bodyFormat: 'form',
      fields,
      headers,
      secret: call.account.secret,
      token: newUuid(),
      cookies: this.#conversation.cookies,
      nowMs: clock.now(),
    })
    const { url, headers: all, body } = question
    return this.#ports.deliveries.deliver({
      kind: 'callback',
      accountId: call.account.id,
      callId: call.id,
      url,
      method,
      headers: all,
      ...(body === undefined ? {} : { body }),
    })
  }
}

/** @source Twilio <Conference>, waitUrl */
const waitVerbs: ReadonlySet<string> = new Set(['Play', 'Say', 'Pause', 'Redirect'])

const failureCause = 'NORMAL_TEMPORARY_FAILURE'

const newConversation = (): Conversation => ({ cookies: new Cookies(), documents: 0, whileWaiting: 0 })

const withParent = (parent: Call | undefined): { readonly parent?: Call } => (parent === undefined ? {} : { parent })

/** The record of a call is to be posted there when it is over. */
function report(call: Call, reports: Call['reports']): void {
  call.reports = reports
  for (const { url } of reports) call.tell({ type: 'cdr.requested', url: shownUrl(url) })
}
