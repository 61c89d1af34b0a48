import { silentLog, type Log } from '../base/index.ts'
import { keepable } from '../pivot/index.ts'
import { lineOf, Scene, type Difference, type OpenHouse } from '../transcript/index.ts'
import { readEvent, type RecordedEvent, type RecordedOf } from './event.ts'
import { exchangesOf } from './exchanges.ts'
import { descriptionOf, eventsOf, type Line, type RecordedCall } from './log.ts'
import { memoryOf } from './memory.ts'
import { isAgain, saidOf, type Said } from './said.ts'
import { setupOf } from './setup.ts'
import type { Stuck } from './stuck.ts'
import { Timeline } from './timeline.ts'
import { WebServers } from './web-servers.ts'

export interface ReplayOptions {
  readonly openHouse: OpenHouse
  /** What the caller pressed, where the log hides it: one after another. */
  readonly digits?: string
  readonly log?: Log
}

export interface Replayed {
  /** What happened, line by line. */
  readonly story: readonly string[]
  /** The first thing that was not as recorded; its line is one of the log. */
  readonly difference: Difference | undefined
  /** Why the replay could not go on although all was as recorded so far. */
  readonly stuck: Stuck | undefined
  /** Whether the log goes on to the end of the call. */
  readonly isWhole: boolean
}

/**
 * Makes a recorded call again, in virtual time: the caller and the web servers do what they did when they did it, and
 * everything else is compared with what was recorded, event by event, up to the first difference.
 *
 * @throws REPLAY_INVALID when the log does not hold what is needed to begin
 */
export async function replay(call: RecordedCall, options: ReplayOptions): Promise<Replayed> {
  return new Run(call, options).perform()
}

/** Something to compare: an event, or a question that was not the recorded one. */
type Happened = { readonly event: RecordedEvent } | { readonly difference: Difference }

/** Inputs do not wait for timers that go off a moment before them: on a real machine those were a little late. */
const jitterMs = 50
const longestMs = 48 * 3_600_000
const mostSteps = 500_000

class Run {
  readonly #call: RecordedCall
  readonly #scene: Scene
  readonly #timeline: Timeline
  readonly #digits: string[]
  readonly #story: string[] = []
  readonly #happened: Happened[] = []
  #seen = 0
  #stuck: Stuck | undefined
  #difference: Difference | undefined

  constructor(call: RecordedCall, { openHouse, digits = '', log = silentLog }: ReplayOptions) {
    const { callId, from, to, request, source, userAgent } = descriptionOf(call)
    const timeline = (): Timeline => this.#timeline
    const servers = new WebServers({
      events: () => this.#scene.events,
      exchanges: exchangesOf(call),
      called: eventsOf(call, 'webhook.called').map(({ event }) => event),
      lookedUp: eventsOf(call, 'lookup.answered').map(({ event }) => event),
      timeline,
      differs: (wrong) => this.#happened.push({ difference: wrong }),
      cannotAnswer: (stuck) => (this.#stuck ??= stuck),
    })
    const again = { callId, from, to, request, source, userAgent, memory: () => memoryOf(timeline) }
    this.#call = call
    this.#digits = Array.from(digits)
    this.#scene = new Scene(
      { ...setupOf(call), again: { ...again, http: (clock) => servers.open(clock) } },
      openHouse,
      log,
    )
    this.#timeline = new Timeline(call.lines.filter(isCompared), () => this.#scene.clock.now())
  }

  async perform(): Promise<Replayed> {
    const { request, from, isAuthorized } = descriptionOf(this.#call)
    this.#story.push(lineOf({ who: 'caller', what: `dials ${request.user}` }))
    this.#scene.dial({ number: request.user, from, isStranger: !isAuthorized })
    const isWhole = eventsOf(this.#call, 'leg.ended').length > 0
    while (!this.#isOver && this.#timeline.next !== undefined) await this.#line(this.#timeline.next)
    if (!this.#isOver && isWhole) await this.#nothingMore()
    await this.#scene.close()
    return { story: this.#story, difference: this.#difference, stuck: this.#stuck, isWhole }
  }

  get #isOver(): boolean {
    return this.#difference !== undefined || this.#stuck !== undefined
  }

  async #line(line: Line): Promise<void> {
    const { event } = line
    if (event.type === 'flow.redirected') {
      this.#stuck = { line: line.line, problem: 'the call was sent elsewhere through the API here' }
      return
    }
    if (event.type === 'digit.received') await this.#press(line, event)
    else if (this.#isHangingUp(event)) await this.#input(line, () => this.#scene.hangUp())
    if (this.#stuck === undefined) this.#compare(line, await this.#next())
  }

  #isHangingUp(event: RecordedEvent): boolean {
    if (!this.#timeline.isGoodbye) return false
    return event.type !== 'media.ended' || event.how === 'stopped'
  }

  async #press(line: Line, { digit, isHidden = false }: RecordedOf<'digit.received'>): Promise<void> {
    const pressed = isHidden ? this.#digits.shift() : digit
    if (pressed === undefined) this.#stuck = { line: line.line, problem: hiddenDigit }
    else await this.#input(line, () => this.#scene.press(pressed))
  }

  /** Does what somebody outside did, when it is time, unless something else happens before. */
  async #input({ event }: Line, act: () => unknown): Promise<void> {
    const { clock } = this.#scene
    const dueAt = this.#timeline.dueAt(event.atMs)
    for (let steps = 0; steps < mostSteps; steps++) {
      await clock.settle()
      if (this.#collect() > 0) return
      const { nextAt = Infinity } = clock
      if (nextAt < dueAt - jitterMs) await clock.step()
      else {
        await clock.advance(Math.max(0, Math.min(dueAt, nextAt - 1) - clock.now()))
        break
      }
    }
    await act()
  }

  #compare(line: Line, happened: Happened | undefined): void {
    if (this.#stuck !== undefined && happened === undefined) return
    if (happened !== undefined && 'difference' in happened) {
      this.#difference = { ...happened.difference, story: [...this.#story] }
      return
    }
    const expected = saidOf(line.event)
    const got = happened === undefined ? undefined : saidOf(happened.event)
    const isTheSame =
      happened !== undefined && isSame(line.event, happened.event) && isAgain(expected?.more ?? null, got?.more ?? null)
    if (isTheSame && this.#timeline.isInTime(line)) {
      this.#timeline.pass(line)
      if (isTold(line.event)) this.#story.push(got?.line ?? '')
      return
    }
    const { recordedMs, ms } = this.#timeline.pauses(line)
    const [wanted, found] = isTheSame ? [` after ${recordedMs} ms`, ` after ${ms} ms`] : ['', '']
    const isAbout = expected?.line === got?.line && !isTheSame
    this.#difference = {
      line: line.line,
      story: [...this.#story],
      expected: textOf(expected, isAbout) + wanted,
      got: got === undefined ? undefined : textOf(got, isAbout) + found,
    }
  }

  /** A call that is over is over: nothing may come after what was recorded. */
  async #nothingMore(): Promise<void> {
    const happened = await this.#next()
    if (happened === undefined || this.#stuck !== undefined) return
    const { length } = this.#call.lines
    const line = (this.#call.lines[length - 1]?.line ?? 0) + 1
    const got = 'event' in happened ? saidOf(happened.event)?.line : happened.difference.got
    this.#difference = { line, story: [...this.#story], expected: undefined, got }
  }

  /** The next thing to compare, letting time pass until there is one. */
  async #next(): Promise<Happened | undefined> {
    const { clock } = this.#scene
    const until = clock.now() + longestMs
    for (let steps = 0; steps < mostSteps; steps++) {
      await clock.settle()
      if (this.#collect() > 0) return this.#happened.shift()
      const { nextAt } = clock
      if (this.#stuck !== undefined || nextAt === undefined || nextAt > until) return undefined
      await clock.step()
    }
    return undefined
  }

  /** @returns how much there is to compare */
  #collect(): number {
    const { events } = this.#scene
    for (; this.#seen < events.length; this.#seen++) {
      const event = events[this.#seen]
      const read = event === undefined ? undefined : readEvent(plain(keepable(event, { showPersonal: true })))
      if (read !== undefined && 'event' in read && saidOf(read.event) !== undefined) {
        this.#happened.push({ event: read.event })
      }
    }
    return this.#happened.length
  }
}

const hiddenDigit =
  'which key the caller pressed is hidden in this log: say with --digits what was pressed, or record the call on a ' +
  'server that runs with PIVOT_LOG_PII=true'

const isCompared = ({ event }: Line): boolean => event.type === 'flow.redirected' || saidOf(event) !== undefined

/** As a log has it. */
const plain = (event: object): unknown => JSON.parse(JSON.stringify(event)) as unknown

const isSame = (recorded: RecordedEvent, event: RecordedEvent): boolean =>
  recorded.type === event.type && (recorded.type === 'digit.received' || saidOf(recorded)?.line === saidOf(event)?.line)

/** What people want to read; the steps between are compared and not told. */
const untold: ReadonlySet<RecordedEvent['type']> = new Set([
  'media.ended',
  'node.ended',
  'flow.started',
  'variables.set',
])
const isTold = ({ type }: RecordedEvent): boolean => !untold.has(type)

const textOf = (said: Said | undefined, isAbout: boolean): string =>
  `${said?.line ?? ''}${isAbout ? ` ${JSON.stringify(said?.more ?? null)}` : ''}`
