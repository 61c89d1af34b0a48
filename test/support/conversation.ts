import { silentLog, type VirtualClock } from '../../src/base/index.ts'
import type { CallEvent, HangupCause } from '../../src/call/index.ts'
import type { Collection, Document } from '../../src/callflow/index.ts'
import {
  isExpected,
  isFirstGrade,
  lineOf,
  Scene,
  type Expected,
  type Fact,
  type FactKind,
  type OpenHouse,
  type ScriptedAnswer,
  type ScriptedCallee,
} from '../../src/transcript/index.ts'
import { sceneHouse } from '../../src/house.ts'

export interface ConversationOptions {
  readonly account?: Document
  readonly documents?: readonly { readonly collection: Collection; readonly document: Document }[]
  /** By name: how many milliseconds media last, or `missing`. */
  readonly media?: Readonly<Record<string, number | 'missing'>>
  /** Custom headers that come with the call. */
  readonly headers?: Readonly<Record<string, string>>
  readonly startMs?: number
  readonly house?: OpenHouse
}

/** What the caller does, and what is expected to happen to them, in order. */
export interface Caller {
  readonly dials: (number: string, from?: { readonly user: string; readonly name?: string }) => Promise<void>
  readonly presses: (digits: string) => Promise<void>
  readonly speaks: (ms: number) => Promise<void>
  readonly waits: (ms: number) => Promise<void>
  readonly hangsUp: () => Promise<void>
  readonly isAnswered: () => Promise<void>
  /** @param media as a transcript names it: `welcome`, `"some text"`, `https://…` */
  readonly hears: (media: string) => Promise<void>
  readonly isRecorded: () => Promise<void>
  readonly isSent: (digits: string) => Promise<void>
  readonly isRejected: (sipStatus: number) => Promise<void>
  readonly isHungUpOn: (cause?: HangupCause) => Promise<void>
}

/** Somebody who calls besides the caller. */
export interface FurtherCaller extends Caller {
  /** Hears and is heard by the caller, or by whoever else is named. */
  readonly isBridged: (other?: string) => Promise<void>
}

/** What the developer's web server answers, question after question, and what it is asked. */
export interface Webhook {
  readonly says: (body: string | object, how?: { status?: number; contentType?: string; afterMs?: number }) => void
  readonly isSilent: () => void
  readonly refuses: () => void
  readonly resets: () => void
  readonly cannotBeResolved: () => void
  /** The next question, which must have been asked by now or come next. */
  readonly isAsked: (
    method: 'GET' | 'POST',
    url: string,
    parameters?: Readonly<Record<string, string>>,
  ) => Promise<void>
}

/** Somebody whom the house calls: what they do about it, and what is expected to happen to them. */
export interface Callee {
  /** How the next call to them goes; the last of these holds for all that follow. */
  readonly answers: (afterMs?: number, how?: { readonly sendsEarly: boolean }) => void
  readonly isBusy: (afterMs?: number) => void
  readonly declines: (afterMs?: number) => void
  readonly refuses: (sipStatus: number, afterMs?: number) => void
  /** Refuses without ringing. */
  readonly turnsAway: (sipStatus: number) => void
  readonly neverAnswers: (how?: { readonly sendsEarly: boolean }) => void
  readonly isUnreachable: (afterMs?: number) => void
  readonly isNotRegistered: () => void
  readonly presses: (digits: string) => Promise<void>
  readonly hangsUp: () => Promise<void>
  readonly isDialled: () => Promise<void>
  readonly cannotBeDialled: () => Promise<void>
  readonly isBridged: () => Promise<void>
  /** The caller hears them before they answer. */
  readonly isBridgedEarly: () => Promise<void>
  readonly hears: (media: string) => Promise<void>
  readonly isCancelled: (cause?: HangupCause) => Promise<void>
  readonly isHungUpOn: (cause?: HangupCause) => Promise<void>
}

export interface Conversation {
  readonly caller: Caller
  /** `caller2` to `caller9`. */
  readonly furtherCaller: (name: string) => FurtherCaller
  /** By the name that the house calls them: a device's username, or an address or its user. */
  readonly callee: (name: string) => Callee
  readonly webhook: Webhook
  readonly clock: VirtualClock
  /** Everything that was told of the calls so far. */
  readonly events: readonly CallEvent[]
  /** Fails when anything happened, or still happens, that was not mentioned. */
  readonly isOver: () => Promise<void>
}

/**
 * A caller, a web server and a house that answers every number with `flow`, in virtual time. Anything that happens
 * without being mentioned makes the next expectation fail, with the story so far.
 */
export function conversation(flow: object, options: ConversationOptions = {}): Conversation {
  const talk = new Talk(flow, options)
  const answer = (kind: 'silent' | 'refuses' | 'resets' | 'unresolvable') => (): void => talk.web.willAnswer({ kind })
  return {
    clock: talk.clock,
    events: talk.events,
    caller: {
      ...deedsOf(talk, 'caller'),
      isAnswered: () => talk.expect('answers', 'server', 'answers'),
      isRecorded: () => talk.expect('records', 'server', 'records'),
      isSent: (digits) => talk.expect('sends', 'server', `sends digits ${digits}`),
      isRejected: (sipStatus) => talk.expect('ends', 'server', `rejects ${sipStatus}`),
      isHungUpOn: (cause = 'NORMAL_CLEARING') => talk.expect('ends', 'server', `hangs up ${cause}`),
    },
    furtherCaller: (name) => ({
      ...deedsOf(talk, name),
      isAnswered: () => talk.expect('answers', 'server', `answers ${name}`),
      isRecorded: () => talk.expect('records', 'server', `records ${name}`),
      isSent: (digits) => talk.expect('sends', 'server', `sends digits ${digits} to ${name}`),
      isRejected: (sipStatus) => talk.expect('ends', 'server', `rejects ${name} ${sipStatus}`),
      isHungUpOn: (cause = 'NORMAL_CLEARING') => talk.expect('drops', 'server', `hangs up on ${name} ${cause}`),
      isBridged: (other) =>
        talk.expect('bridges', 'server', other === undefined ? `bridges ${name}` : `bridges ${name} with ${other}`),
    }),
    callee: (name) => calleeOf(talk, name),
    webhook: {
      says: (body, how) => talk.web.willAnswer(saying(body, how)),
      isSilent: answer('silent'),
      refuses: answer('refuses'),
      resets: answer('resets'),
      cannotBeResolved: answer('unresolvable'),
      isAsked: (method, url, parameters = {}) => talk.expectQuestion(method, url, parameters),
    },
    isOver: () => talk.end(),
  }
}

/** As a transcript gives them. */
const numberOf = (who: string): string => `+1555123000${/\d$/.exec(who)?.[0] ?? '1'}`

function deedsOf(
  talk: Talk,
  who: string,
): Pick<Caller, 'dials' | 'presses' | 'speaks' | 'waits' | 'hangsUp' | 'hears'> {
  const doer = { caller: who }
  return {
    dials: (number, from = { user: numberOf(who) }) => talk.dial(number, from, who),
    presses: (digits) => talk.input(`presses ${digits}`, (scene) => scene.press(digits, doer), who),
    speaks: (ms) => talk.input(`speaks ${ms} ms`, (scene) => scene.speak(ms, doer), who),
    waits: (ms) => talk.input(`waits ${ms} ms`, (scene) => scene.clock.advance(ms), who),
    hangsUp: () => talk.input('hangs up', (scene) => scene.hangUp(doer), who),
    hears: (media) => talk.expect('hears', who, `hears ${media}`),
  }
}

function calleeOf(talk: Talk, name: string): Callee {
  const will = (script: Omit<ScriptedCallee, 'name' | 'sendsEarly'> & { sendsEarly?: boolean }): void =>
    talk.callees.willDo({ sendsEarly: false, ...script, name })
  const refuses = (status: number, afterMs = 0): void => will({ does: 'refuses', status, afterMs })
  const dropped = (what: string, cause: HangupCause): Promise<void> =>
    talk.expect('drops', 'server', `${what} ${name} ${cause}`)
  return {
    answers: (afterMs = 0, how) => will({ does: 'answers', afterMs, ...how }),
    isBusy: (afterMs) => refuses(486, afterMs),
    declines: (afterMs) => refuses(603, afterMs),
    refuses,
    turnsAway: (status) => will({ does: 'turns away', status, afterMs: 0 }),
    neverAnswers: (how) => will({ does: 'rings', afterMs: 0, ...how }),
    isUnreachable: (afterMs = 0) => will({ does: 'vanishes', afterMs }),
    isNotRegistered: () => will({ does: 'is not registered', afterMs: 0 }),
    presses: (digits) =>
      talk.input(`${name} presses ${digits}`, (scene) => scene.press(digits, { callee: name }), 'callee'),
    hangsUp: () => talk.input(`${name} hangs up`, (scene) => scene.hangUp({ callee: name }), 'callee'),
    isDialled: () => talk.expect('dials', 'server', `dials ${name}`),
    cannotBeDialled: () => talk.expect('dials', 'server', `cannot dial ${name}`),
    isBridged: () => talk.expect('bridges', 'server', `bridges ${name}`),
    isBridgedEarly: () => talk.expect('bridges', 'server', `bridges ${name} early`),
    hears: (media) => talk.expect('hears', 'callee', `${name} hears ${media}`),
    isCancelled: (cause = 'LOSE_RACE') => dropped('cancels', cause),
    isHungUpOn: (cause = 'NORMAL_CLEARING') => dropped('hangs up on', cause),
  }
}

function saying(
  body: string | object,
  how: { status?: number; contentType?: string; afterMs?: number } = {},
): ScriptedAnswer {
  const usualType = typeof body === 'string' ? 'application/xml' : 'application/json'
  return {
    kind: 'says',
    status: how.status ?? 200,
    contentType: how.contentType ?? usualType,
    headers: [],
    body: typeof body === 'string' ? body : JSON.stringify(body),
    afterMs: how.afterMs ?? 0,
  }
}

/** The scene of a conversation, and what was said in it. */
class Talk {
  readonly #scene: Scene
  readonly #flow: object
  readonly #story: string[] = []
  /** Questions that no expectation has asked for yet. */
  readonly #questions: Fact[] = []
  /** What happened while a question was waited for. */
  readonly #early: Fact[] = []

  constructor(flow: object, options: ConversationOptions) {
    const { account, documents = [], media = {}, headers = {}, startMs = 0, house = sceneHouse } = options
    const lengths = new Map(Object.entries(media))
    const setup = { account, documents, headers, startMs, media: lengths, answers: [] }
    this.#scene = new Scene(setup, house, silentLog)
    this.#flow = flow
  }

  get clock(): VirtualClock {
    return this.#scene.clock
  }

  get web(): Scene['web'] {
    return this.#scene.web
  }

  get callees(): Scene['callees'] {
    return this.#scene.callees
  }

  get events(): readonly CallEvent[] {
    return this.#scene.events
  }

  async dial(number: string, from: { readonly user: string; readonly name?: string }, who: string): Promise<void> {
    this.#scene.put('callflows', { id: `flow-${number}`, numbers: [number], flow: this.#flow })
    await this.input(`dials ${number}`, (scene) => scene.dial({ number, from, isStranger: false, caller: who }), who)
  }

  async input(what: string, act: (scene: Scene) => void | Promise<void>, who = 'caller'): Promise<void> {
    await this.clock.settle()
    this.#story.push(lineOf({ who, what }))
    await act(this.#scene)
  }

  async expect(kind: FactKind, who: string, what: string): Promise<void> {
    const fact = this.#early.shift() ?? (await this.#scene.next((fact) => this.#counts(fact)))
    this.#compare({ kind, who, what, clauses: [], afterMs: undefined }, fact)
  }

  async expectQuestion(method: string, url: string, parameters: Readonly<Record<string, string>>): Promise<void> {
    const what = `is asked ${method} ${url}`
    const clauses = Object.entries(parameters).map(([name, value]) => ({ kind: 'parameter', name, value }) as const)
    const fact = this.#questions.shift() ?? (await this.#nextQuestion())
    this.#compare({ kind: 'asked', who: 'webhook', what, clauses, afterMs: undefined }, fact)
  }

  async end(): Promise<void> {
    const left = this.#early.shift() ?? (await this.#scene.next((fact) => this.#counts(fact)))
    if (left !== undefined) this.#fail(undefined, lineOf(left))
    if (this.web.unused > 0) this.#fail(lineOf({ who: 'webhook', what: 'is asked again' }), undefined)
    await this.#scene.close()
  }

  /** What every conversation must mention; questions are kept until they are asked for. */
  #counts(fact: Fact): boolean {
    if (fact.kind === 'asked') this.#questions.push(fact)
    return isFirstGrade(fact.kind)
  }

  async #nextQuestion(): Promise<Fact | undefined> {
    return this.#scene.next((fact) => {
      if (isFirstGrade(fact.kind)) this.#early.push(fact)
      return fact.kind === 'asked'
    })
  }

  #compare(expected: Expected, fact: Fact | undefined): void {
    if (fact === undefined || !isExpected(expected, fact)) this.#fail(lineOf(expected), fact && lineOf(fact))
    this.#story.push(lineOf(fact))
  }

  #fail(expected: string | undefined, got: string | undefined): never {
    const difference = [
      expected === undefined ? '+ nothing more' : `+ '${expected}'`,
      got === undefined ? '- nothing more happens' : `- '${got}'`,
    ]
    throw new Error(['after:', ...this.#story.map((said) => `  ${said}`), ...difference].join('\n'))
  }
}
