import { VirtualClock, type Clock, type Log } from '../base/index.ts'
import type { CallEvent, Calling, CallObserver, Leg, Recordings } from '../call/index.ts'
import type { Collection, Document } from '../callflow/index.ts'
import { accountOf, MemoryDocuments } from '../documents/index.ts'
import { durations, newSimulator, type FarEnd, type Simulator } from '../drivers/simulator/index.ts'
import type { Http } from '../http/index.ts'
import { ScriptedCallees } from './callees.ts'
import { storyteller, type Fact } from './facts.ts'
import { keepNothing } from './recordings.ts'
import type { Doer, Setup, Step } from './transcript.ts'
import { ScriptedWebServer } from './web-server.ts'

/** What a house needs to take the calls of a scene. */
export interface World {
  readonly clock: Clock
  readonly log: Log
  readonly http: Http
  readonly account: Document
  readonly documents: MemoryDocuments
  readonly recordings: Recordings
  /** Calls the people of the scene. */
  readonly calling: Calling
  readonly observers: readonly CallObserver[]
}

/** A call, as a line of a transcript makes it. */
type Dialled = Omit<Step & { kind: 'dials' }, 'kind'>

/** Builds the house that takes the calls. */
export type OpenHouse = (world: World) => { onCall(leg: Leg): void }

/** Nothing goes on for longer than this: what then still happens is no part of a call. */
const longestMs = 48 * 3_600_000
const mostSteps = 200_000

const usualAccount: Document = { id: 'A1', name: 'Transcript', realm: 'a1.example' }

/** A house with a simulated caller and a scripted web server, in virtual time; everything that happens is kept. */
export class Scene {
  readonly clock: VirtualClock
  readonly web: ScriptedWebServer
  readonly callees: ScriptedCallees
  readonly events: CallEvent[] = []
  readonly #account: Document
  readonly #documents = new MemoryDocuments()
  readonly #setup: Setup
  readonly #simulator: Simulator
  readonly #closing = new AbortController()
  readonly #facts: Fact[] = []
  /** Everybody who has called, in order. */
  readonly #farEnds: FarEnd[] = []
  /** The last call of everybody who calls. */
  readonly #last = new Map<string, FarEnd>()
  /** Who calls, by the identifier of their call. */
  readonly #callers = new Map<string, string>()
  #calls = 0

  constructor(setup: Setup, openHouse: OpenHouse, log: Log) {
    const tell = (fact: Fact): unknown => this.#facts.push(fact)
    const tellOf = (fact: Fact, event: CallEvent): unknown =>
      tell(event.type === 'cdr.posted' ? { ...fact, carried: this.web.carriedOfCdr(event.url, event.callId) } : fact)
    this.#setup = setup
    this.#account = setup.account ?? usualAccount
    this.clock = new VirtualClock(setup.startMs)
    this.web = new ScriptedWebServer(this.clock, setup.answers, tell)
    this.callees = new ScriptedCallees(this.clock, setup.callees ?? [])
    this.#simulator = newSimulator({
      clock: this.clock,
      onDial: this.callees.onDial,
      onMessages: ({ username }, { newMessages, savedMessages }) => {
        const what = `tells ${username} of ${newMessages} new and ${savedMessages} saved messages`
        tell({ kind: 'messages', who: 'server', what, aliases: [], at: this.clock.now(), carried: undefined })
      },
      nextCallId: () => this.#nextCallId(),
      durationOf: durations(setup.media),
    })
    for (const { collection, document } of setup.documents) this.put(collection, document)
    const house = openHouse({
      clock: this.clock,
      log,
      http: setup.again?.http(this.clock) ?? this.web.http,
      account: this.#account,
      documents: this.#documents,
      recordings: keepNothing(this.clock, tell),
      calling: this.#simulator,
      observers: [
        (event) => this.events.push(event),
        this.web.observe,
        storyteller(() => this.clock.now(), tellOf, this.#callers),
      ],
    })
    void this.#simulator.listen((leg) => house.onCall(leg), this.#closing.signal)
  }

  /** Adds or replaces a document of the account. */
  put(collection: Collection, document: Document): void {
    this.#documents.put(this.#account.id, collection, document)
  }

  dial({ number, from, isStranger, replaces, caller = 'caller' }: Dialled): void {
    const { realm } = accountOf(this.#account)
    const { media, headers, again } = this.#setup
    const callId = this.#nextCallId()
    this.#callers.set(again?.callId ?? callId, caller)
    const { farEnd } = this.#simulator.call({
      callId,
      from: { ...from, realm },
      to: { user: number, realm },
      headers,
      isAuthorized: !isStranger,
      durationOf: durations(media),
      ...(replaces === undefined ? {} : { replaces: this.#call(replaces)?.callId ?? replaces }),
      ...(again === undefined ? {} : { ...again, memory: again.memory(this.clock) }),
    })
    this.#last.set(caller, farEnd)
    this.#farEnds.push(farEnd)
  }

  /** Presses digits, all at this moment, each heard before the next. */
  async press(digits: string, doer: Doer = {}): Promise<void> {
    for (const digit of digits) {
      this.party(doer)?.press(digit)
      await this.clock.settle()
    }
  }

  async speak(ms: number, doer: Doer = {}): Promise<void> {
    void this.party(doer)?.speak(ms)
    await this.clock.advance(ms)
  }

  /** Somebody asks for a transfer: to a number, an address, or to whom they talk with by another call of theirs. */
  transfer({ to = '', otherOf, ...doer }: Omit<Step & { kind: 'transfers' }, 'kind'>): void {
    const { realm } = accountOf(this.#account)
    const other = otherOf === undefined ? undefined : this.#call(otherOf)
    const [user = '', host = realm] = to.replace(/^(?:sips?|tel):/, '').split('@')
    this.party(doer)?.transfers(other?.other ?? { user, realm: host }, other?.callId)
  }

  hold(isHeld: boolean, doer: Doer = {}): void {
    this.party(doer)?.hold(isHeld)
  }

  hangUp(doer: Doer = {}): void {
    this.party(doer)?.hangUp()
  }

  /**
   * The next thing that happened and `counts`, letting time pass until there is one; undefined when nothing more
   * happens. What does not count is passed over.
   */
  async next(counts: (fact: Fact) => boolean): Promise<Fact | undefined> {
    const until = this.clock.now() + longestMs
    for (let steps = 0; steps < mostSteps; steps++) {
      await this.clock.settle()
      for (let fact = this.#facts.shift(); fact !== undefined; fact = this.#facts.shift()) if (counts(fact)) return fact
      const { nextAt } = this.clock
      if (nextAt === undefined || nextAt > until) return undefined
      await this.clock.step()
    }
    return undefined
  }

  /** Whoever was called by that name last, or the last call of somebody who calls. */
  party({ caller = 'caller', callee }: Doer): FarEnd | undefined {
    return callee === undefined ? this.#last.get(caller) : this.callees.find(callee)
  }

  /** A call by its id, by who was called, or by who calls. */
  #call(name: string): FarEnd | undefined {
    const caller = this.#last.get(name)
    if (caller !== undefined) return caller
    return this.callees.find(name) ?? [...this.#farEnds, ...this.callees.all].find(({ callId }) => callId === name)
  }

  #nextCallId(): string {
    return `C${++this.#calls}`
  }

  /** The callers go, if still there, and nobody else can call. */
  async close(): Promise<void> {
    for (const farEnd of this.#farEnds) farEnd.hangUp()
    await this.clock.settle()
    this.#closing.abort()
  }
}
