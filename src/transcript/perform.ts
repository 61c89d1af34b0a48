import { silentLog, VirtualClock, type Clock, type Log } from '../base/index.ts'
import type { CallEvent, CallObserver, Leg, Recordings } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import { accountOf, MemoryDocuments } from '../documents/index.ts'
import { durations, newSimulator, type FarEnd, type Simulator } from '../drivers/simulator/index.ts'
import type { Http } from '../http/index.ts'
import { isExpected, saidLike } from './compare.ts'
import { lineOf, storyteller, type Fact } from './facts.ts'
import {
  isFirstGrade,
  type Expected,
  type FactKind,
  type Step,
  type Transcript,
  type TranscriptLine,
} from './transcript.ts'
import { keepNothing } from './recordings.ts'
import { ScriptedWebServer } from './web-server.ts'

/** What a house needs to take the calls of a transcript. */
export interface World {
  readonly clock: Clock
  readonly log: Log
  readonly http: Http
  readonly account: Document
  readonly documents: MemoryDocuments
  readonly recordings: Recordings
  readonly observers: readonly CallObserver[]
}

/** Builds the house that takes the calls. */
export type OpenHouse = (world: World) => { onCall(leg: Leg): void }

/** The first thing that was not as written. */
export interface Difference {
  readonly line: number
  /** What had happened until then, line by line. */
  readonly story: readonly string[]
  /** Undefined when something happened that nobody expected. */
  readonly expected: string | undefined
  /** Undefined when nothing more happened. */
  readonly got: string | undefined
}

export interface Performance {
  readonly difference: Difference | undefined
  /** The transcript as it should be written for what happened. */
  readonly updated: string
  readonly events: readonly CallEvent[]
}

/** Nothing goes on for longer than this: what then still happens is no part of a call. */
const longestMs = 48 * 3_600_000
const mostSteps = 200_000

const transcriptAccount: Document = { id: 'A1', name: 'Transcript', realm: 'a1.example' }

/**
 * Performs a transcript against a house of its own, in virtual time: does what the caller and the web server do, and
 * compares everything else with what is written.
 */
export async function perform(
  transcript: Transcript,
  openHouse: OpenHouse,
  log: Log = silentLog,
): Promise<Performance> {
  return new Stage(transcript, openHouse, log).perform()
}

class Stage {
  readonly #transcript: Transcript
  readonly #clock: VirtualClock
  readonly #simulator: Simulator
  readonly #web: ScriptedWebServer
  readonly #account: Document
  readonly #mentioned: ReadonlySet<FactKind>
  readonly #facts: Fact[] = []
  readonly #events: CallEvent[] = []
  readonly #story: string[] = []
  readonly #written: string[] = []
  readonly #stopping = new AbortController()
  #farEnd: FarEnd | undefined
  #calls = 0
  #lastAt: number
  #due: number | undefined
  #difference: Difference | undefined

  constructor(transcript: Transcript, openHouse: OpenHouse, log: Log) {
    const { setup, lines } = transcript
    this.#transcript = transcript
    this.#clock = new VirtualClock(setup.startMs)
    this.#lastAt = setup.startMs
    this.#account = setup.account ?? transcriptAccount
    this.#mentioned = new Set(lines.flatMap(({ step }) => (step?.kind === 'expects' ? [step.expected.kind] : [])))
    this.#web = new ScriptedWebServer(this.#clock, setup.answers, (fact) => this.#facts.push(fact))
    this.#simulator = newSimulator(this.#clock)
    const documents = new MemoryDocuments()
    for (const { collection, document } of setup.documents) documents.put(this.#account.id, collection, document)
    const tell = storyteller(
      () => this.#clock.now(),
      (fact) => this.#facts.push(fact),
    )
    const house = openHouse({
      clock: this.#clock,
      log,
      http: this.#web.http,
      account: this.#account,
      documents,
      recordings: keepNothing(this.#clock, (fact) => this.#facts.push(fact)),
      observers: [(event) => this.#events.push(event), this.#web.observe, tell],
    })
    void this.#simulator.listen((leg) => house.onCall(leg), this.#stopping.signal)
  }

  async perform(): Promise<Performance> {
    for (const line of this.#transcript.lines) await this.#line(line)
    await this.#end()
    this.#stopping.abort()
    const updated = `${this.#written.join('\n')}\n`
    return { difference: this.#difference, updated, events: this.#events }
  }

  async #line(line: TranscriptLine): Promise<void> {
    const { step, text } = line
    if (step?.kind === 'after') {
      this.#due = step.ms
      return
    }
    if (step?.kind === 'expects') {
      await this.#expect(line, step.expected)
      return
    }
    if (step !== undefined) await this.#do(step, text)
    this.#written.push(text)
  }

  /** Performs what the caller does, once everything before has happened. */
  async #do(step: Exclude<Step, { kind: 'expects' | 'after' }>, text: string): Promise<void> {
    const waitMs = this.#takeDue()
    if (waitMs !== undefined) {
      await this.#clock.advance(Math.max(0, this.#lastAt + waitMs - this.#clock.now()))
      this.#written.push(`after    ${waitMs} ms`)
    }
    await this.#clock.settle()
    this.#story.push(text.replace(/^(\S+)\s+/, (_, who: string) => `${who.padEnd(8)} `))
    await this.#act(step)
    this.#lastAt = this.#clock.now()
  }

  async #act(step: Exclude<Step, { kind: 'expects' | 'after' }>): Promise<void> {
    switch (step.kind) {
      case 'dials':
        this.#dial(step)
        break
      case 'presses':
        for (const digit of step.digits) {
          this.#farEnd?.press(digit)
          await this.#clock.settle()
        }
        break
      case 'speaks':
        void this.#farEnd?.speak(step.ms)
        await this.#clock.advance(step.ms)
        break
      case 'waits':
        await this.#clock.advance(step.ms)
        break
      case 'hangsUp':
        this.#farEnd?.hangUp()
        break
    }
  }

  #dial({ number, from, isStranger }: Step & { kind: 'dials' }): void {
    const { media, headers } = this.#transcript.setup
    const { realm } = accountOf(this.#account)
    const { farEnd } = this.#simulator.dial({
      callId: `C${++this.#calls}`,
      from: { ...from, realm },
      to: { user: number, realm },
      headers,
      isAuthorized: !isStranger,
      durationOf: durations(media),
    })
    this.#farEnd = farEnd
  }

  async #expect({ line, text }: TranscriptLine, expected: Expected): Promise<void> {
    const afterMs = this.#takeDue() ?? expected.afterMs
    const isOwnLine = expected.afterMs === undefined
    const fact = await this.#nextFact()
    if (fact === undefined) {
      this.#differ(line, this.#wanted(text, afterMs), undefined)
      return
    }
    const tookMs = fact.at - this.#lastAt
    this.#lastAt = fact.at
    const isRight = isExpected(expected, fact)
    const what = isRight ? undefined : saidLike(expected, fact)
    const said = what === undefined ? text.replace(/\s+after\s+\d+\s*m?s$/, '') : lineOf({ who: fact.who, what })
    const isLate = afterMs !== undefined && afterMs !== tookMs
    if (!isRight || isLate) this.#differ(line, this.#wanted(text, afterMs), timed(said, isLate ? tookMs : undefined))
    if (afterMs !== undefined && isOwnLine) this.#written.push(`after    ${tookMs} ms`)
    this.#written.push(timed(said, isOwnLine ? undefined : tookMs))
    this.#story.push(canonical(timed(said, afterMs === undefined ? undefined : tookMs)))
  }

  /** Nothing may be left over: neither facts nor answers. Then the caller goes. */
  async #end(): Promise<void> {
    const afterLast = this.#transcript.lines.length + 1
    for (let fact = await this.#nextFact(); fact !== undefined; fact = await this.#nextFact()) {
      const said = lineOf(fact)
      this.#differ(afterLast, undefined, said)
      this.#written.push(said)
      this.#story.push(said)
    }
    if (this.#web.unused > 0)
      this.#differ(afterLast, `webhook  is asked (${this.#web.unused} answers are left)`, undefined)
    this.#farEnd?.hangUp()
    await this.#clock.settle()
  }

  /** The next fact that counts, letting time pass until there is one. */
  async #nextFact(): Promise<Fact | undefined> {
    const until = this.#clock.now() + longestMs
    for (let steps = 0; steps < mostSteps; steps++) {
      await this.#clock.settle()
      const fact = this.#takeFact()
      if (fact !== undefined) return fact
      const { nextAt } = this.#clock
      if (nextAt === undefined || nextAt > until) return undefined
      await this.#clock.step()
    }
    return undefined
  }

  /** Facts of kinds that the transcript does not mention only become part of the story. */
  #takeFact(): Fact | undefined {
    for (let fact = this.#facts.shift(); fact !== undefined; fact = this.#facts.shift()) {
      if (isFirstGrade(fact.kind) || this.#mentioned.has(fact.kind)) return fact
      if (told.has(fact.kind)) this.#story.push(lineOf(fact))
    }
    return undefined
  }

  #takeDue(): number | undefined {
    const due = this.#due
    this.#due = undefined
    return due
  }

  #wanted(text: string, afterMs: number | undefined): string {
    return canonical(timed(text.replace(/\s+after\s+\d+\s*m?s$/, ''), afterMs))
  }

  #differ(line: number, expected: string | undefined, got: string | undefined): void {
    const shown = got === undefined ? undefined : canonical(got)
    this.#difference ??= { line, story: [...this.#story], expected, got: shown }
  }
}

/** Kinds that help to understand a difference, even when they are not compared. */
const told: ReadonlySet<FactKind> = new Set(['asked', 'failed', 'warning', 'media', 'gone'])

const timed = (text: string, afterMs: number | undefined): string =>
  afterMs === undefined ? text : `${text} after ${afterMs} ms`

const canonical = (text: string): string => text.replace(/^(\S+)\s+/, (_, who: string) => `${who.padEnd(8)} `)
