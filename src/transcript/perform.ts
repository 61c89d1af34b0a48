import { silentLog, type Log } from '../base/index.ts'
import type { CallEvent } from '../call/index.ts'
import { isExpected, saidLike } from './compare.ts'
import { lineOf, type Fact } from './facts.ts'
import { Scene, type OpenHouse } from './scene.ts'
import {
  isFirstGrade,
  type Expected,
  type FactKind,
  type Step,
  type Transcript,
  type TranscriptLine,
} from './transcript.ts'

/** The first thing that was not as written. */
export interface Difference {
  /** Where it is in the transcript; the line after the last for what is left over. */
  readonly line: number
  /** What had happened until then, line by line. */
  readonly story: readonly string[]
  /** Undefined when something happened that nobody expected. */
  readonly expected: string | undefined
  /** Undefined when nothing more happened. */
  readonly got: string | undefined
}

export interface Performance {
  /** What happened, line by line. */
  readonly story: readonly string[]
  readonly difference: Difference | undefined
  /** The transcript as it should be written for what happened. */
  readonly updated: string
  readonly events: readonly CallEvent[]
}

/**
 * Performs a transcript against a house of its own, in virtual time: does what the caller and the web server do, and
 * compares everything else with what is written.
 */
export async function perform(
  transcript: Transcript,
  openHouse: OpenHouse,
  log: Log = silentLog,
): Promise<Performance> {
  const reading = new Reading(transcript, new Scene(transcript.setup, openHouse, log))
  return reading.perform()
}

type Input = Exclude<Step, { kind: 'expects' | 'after' }>

/** One performance: where it is, and what was said so far. */
class Reading {
  readonly #transcript: Transcript
  readonly #scene: Scene
  readonly #mentioned: ReadonlySet<FactKind>
  readonly #story: string[] = []
  readonly #written: string[] = []
  #lastAt: number
  #due: number | undefined
  #difference: Difference | undefined

  constructor(transcript: Transcript, scene: Scene) {
    this.#transcript = transcript
    this.#scene = scene
    this.#lastAt = transcript.setup.startMs
    const expected = transcript.lines.flatMap(({ step }) => (step?.kind === 'expects' ? [step.expected.kind] : []))
    this.#mentioned = new Set(expected)
  }

  async perform(): Promise<Performance> {
    for (const line of this.#transcript.lines) await this.#line(line)
    await this.#end()
    const { events } = this.#scene
    return { story: this.#story, difference: this.#difference, updated: `${this.#written.join('\n')}\n`, events }
  }

  async #line(line: TranscriptLine): Promise<void> {
    const { step, text } = line
    if (step?.kind === 'after') {
      this.#due = step.ms
    } else if (step?.kind === 'expects') {
      await this.#expect(line, step.expected)
    } else {
      if (step !== undefined) await this.#do(step, text)
      this.#written.push(text)
    }
  }

  /** Performs what the caller does, once everything before has happened. */
  async #do(input: Input, text: string): Promise<void> {
    const { clock } = this.#scene
    const waitMs = this.#takeDue()
    if (waitMs !== undefined) {
      await clock.advance(Math.max(0, this.#lastAt + waitMs - clock.now()))
      this.#written.push(`after    ${waitMs} ms`)
    }
    await clock.settle()
    this.#story.push(canonical(text))
    await this.#act(input)
    this.#lastAt = clock.now()
  }

  async #act(input: Input): Promise<void> {
    switch (input.kind) {
      case 'dials':
        this.#scene.dial(input)
        break
      case 'presses':
        await this.#scene.press(input.digits, input)
        break
      case 'speaks':
        await this.#scene.speak(input.ms, input)
        break
      case 'holds':
        this.#scene.hold(input.isHeld, input)
        break
      case 'waits':
        await this.#scene.clock.advance(input.ms)
        break
      case 'hangsUp':
        this.#scene.hangUp(input)
        break
      case 'vanishes':
        this.#scene.party(input)?.vanish()
        break
      case 'transfers':
        this.#scene.transfer(input)
        break
      case 'reportsTransfer':
        this.#scene.party(input)?.reportsTransfer(input.sipStatus)
        break
      case 'refusesTransfer':
        this.#scene.party(input)?.refusesTransfer(input.sipStatus)
        break
    }
  }

  async #expect({ line, text }: TranscriptLine, expected: Expected): Promise<void> {
    const onOwnLine = this.#takeDue()
    const afterMs = onOwnLine ?? expected.afterMs
    const plain = text.replace(afterSuffix, '')
    const wanted = canonical(timed(plain, afterMs))
    const fact = await this.#next()
    if (fact === undefined) {
      this.#differ(line, wanted, undefined)
      return
    }
    const tookMs = fact.at - this.#lastAt
    this.#lastAt = fact.at
    const isRight = isExpected(expected, fact) && (afterMs === undefined || afterMs === tookMs)
    const said = isExpected(expected, fact) ? plain : lineOf({ who: fact.who, what: saidLike(expected, fact) })
    const got = canonical(timed(said, afterMs === undefined ? undefined : tookMs))
    if (!isRight) this.#differ(line, wanted, got)
    if (onOwnLine !== undefined) this.#written.push(`after    ${tookMs} ms`)
    this.#write(fact, timed(said, expected.afterMs === undefined ? undefined : tookMs))
    this.#story.push(got)
  }

  /** Nothing may be left over: neither facts nor answers. */
  async #end(): Promise<void> {
    const { lines } = this.#transcript
    const afterLast = (lines.at(-1)?.line ?? 0) + 1
    for (let fact = await this.#next(); fact !== undefined; fact = await this.#next()) {
      const said = lineOf(fact)
      this.#differ(afterLast, undefined, said)
      this.#write(fact, said)
      this.#story.push(said)
    }
    const { unused } = this.#scene.web
    if (unused > 0) this.#differ(afterLast, `webhook  is asked (answers left: ${unused})`, undefined)
    await this.#scene.close()
  }

  /** The next fact to compare. Others of some use become part of the story. */
  #next(): Promise<Fact | undefined> {
    return this.#scene.next((fact) => {
      if (isFirstGrade(fact.kind) || this.#mentioned.has(fact.kind)) return true
      if (explaining.has(fact.kind)) this.#story.push(lineOf(fact))
      return false
    })
  }

  /** A question that nobody answers cannot be expected: what is missing is an answer. */
  #write({ kind }: Fact, line: string): void {
    if (kind !== 'unscripted') this.#written.push(line)
  }

  #takeDue(): number | undefined {
    const due = this.#due
    this.#due = undefined
    return due
  }

  #differ(line: number, expected: string | undefined, got: string | undefined): void {
    this.#difference ??= { line, story: [...this.#story], expected, got }
  }
}

/** Kinds that help to understand a difference, even when they are not compared. */
const explaining: ReadonlySet<FactKind> = new Set(['asked', 'failed', 'warning', 'media', 'gone'])

const afterSuffix = /\s+after\s+\d+\s*m?s$/

const timed = (text: string, afterMs: number | undefined): string =>
  afterMs === undefined ? text : `${text} after ${afterMs} ms`

/** A line with its columns as they should be. */
const canonical = (text: string): string => text.replace(/^(\S+)\s+/, (_, who: string) => `${who.padEnd(8)} `)
