import { afterEach, describe, expect, test } from 'vitest'
import { Failure, isFailure, never, type Clock } from '../../src/base/index.ts'
import { Hangup, Replaced, type Digit, type Leg, type LegEvent, type MediaSource } from '../../src/call/index.ts'

/** One stretch of sound that the far end heard without a break. */
export interface Heard {
  /** The id of the stored media. */
  readonly media: string
  readonly ms: number
}

/** The person at the far end of the leg under test. */
export interface FarEnd {
  /** Hangs up, or gives up when not yet answered. */
  hangUp(): void
  /** Presses a key and lets it go. */
  press(digit: Digit): void
  /** Speaks from now on, or falls silent. A far end is silent at first. */
  speak(isSpeaking: boolean): void
  /** What was heard so far, in order; silence is left out. */
  hears(): Promise<readonly Heard[]>
  /** What signalling said so far, in order: `ringing`, `early`, `answered`, `refused 486`, `hung up`. */
  sees(): Promise<readonly string[]>
}

/** What a far end does about transfers. */
export interface Transferring {
  /** Asks that whoever it talks with be connected with `user`, or with whom it talks by that other call of its own. */
  askTransfer(user: string, replacesCallId?: string): void
  /** The final statuses that it was told of transfers it asked for. */
  transferStatuses(): readonly number[]
  /** Says what became of the call that we asked it to make. */
  reportTransfer(sipStatus: number): void
  /** Does not want to make it. */
  refuseTransfer(sipStatus: number): void
}

/** A call that has just come in. Time passes by itself while a test waits. */
export interface Incoming {
  readonly leg: Leg
  readonly farEnd: FarEnd & Transferring
  readonly clock: Clock
  /** Called after each test. */
  close?(): Promise<void>
}

/** The stored media of any account that a fixture's library holds, and how long each is. There is no other. */
export const soundsMs = { welcome: 200, menu: 400 } as const

const stored = (id: string): MediaSource => ({ kind: 'stored', accountId: 'demo', id })
const welcome = stored('welcome')
const menu = stored('menu')
const forever = { signal: never, times: Infinity }
/** How much more or less than its length a sound may be heard: one packet at either end. */
const packetMs = 20

const settled = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => error,
  )

function story(leg: Leg): LegEvent[] {
  const events: LegEvent[] = []
  leg.observe((event) => events.push(event))
  return events
}

const typesOf = (events: readonly LegEvent[]): string[] => events.map(({ type }) => type)

/** What every leg promises, whatever carries it. Run by each driver's own test file; `ring` lets a call come in, in place of another. */
export function everyLeg(driver: string, ring: (replaces?: string) => Promise<Incoming>): void {
  describe(`${driver}: a leg`, () => {
    let open: Incoming | undefined

    const incoming = async (replaces?: string): Promise<Incoming> => {
      open = await ring(replaces)
      return open
    }

    const answered = async (): Promise<Incoming> => {
      const call = await incoming()
      await call.leg.answer()
      return call
    }

    afterEach(async () => {
      await open?.leg.hangup('NORMAL_CLEARING')
      await open?.close?.()
      open = undefined
    })

    describe('is answered or refused', () => {
      test('a call rings when it is told to, once', async () => {
        const { leg, farEnd } = await incoming()
        const events = story(leg)
        expect(leg.state).toBe('ringing')
        expect(leg.direction).toBe('inbound')
        leg.ring()
        leg.ring()
        expect(await farEnd.sees()).toEqual(['ringing'])
        expect(typesOf(events)).toEqual(['leg.ringing'])
      })

      test('a call is answered once', async () => {
        const { leg, farEnd } = await incoming()
        const events = story(leg)
        await leg.answer()
        await leg.answer()
        expect(leg.state).toBe('answered')
        expect(await farEnd.sees()).toEqual(['answered'])
        expect(typesOf(events)).toEqual(['leg.answered'])
      })

      test('early media is opened once, and the answer comes after it', async () => {
        const { leg, farEnd } = await incoming()
        const events = story(leg)
        await leg.earlyMedia()
        await leg.earlyMedia()
        expect(leg.state).toBe('early')
        await leg.answer()
        expect(await farEnd.sees()).toEqual(['early', 'answered'])
        expect(typesOf(events)).toEqual(['leg.early', 'leg.answered'])
      })

      test('a refused caller is told why', async () => {
        const { leg, farEnd } = await incoming()
        const events = story(leg)
        await leg.reject(486, 'Busy Here')
        expect(await farEnd.sees()).toEqual(['refused 486'])
        expect(leg.state).toBe('ended')
        expect(leg.ended.reason).toMatchObject({ by: 'server', cause: 'USER_BUSY', sipStatus: 486 })
        expect(events).toEqual([{ type: 'leg.ended', by: 'server', cause: 'USER_BUSY', sipStatus: 486 }])
      })

      test('a caller who was given sound can still be refused', async () => {
        const { leg, farEnd } = await incoming()
        await leg.play(welcome, { signal: never })
        await leg.reject(603)
        expect(await farEnd.sees()).toEqual(['early', 'refused 603'])
      })

      test('to refuse an answered call is to hang up', async () => {
        const { leg, farEnd } = await answered()
        await leg.reject(486)
        expect(await farEnd.sees()).toEqual(['answered', 'hung up'])
        expect(leg.ended.reason).toMatchObject({ by: 'server', cause: 'USER_BUSY' })
      })

      test('to hang up on an unanswered call is to refuse it', async () => {
        const { leg, farEnd } = await incoming()
        await leg.hangup('UNALLOCATED_NUMBER')
        expect(await farEnd.sees()).toEqual(['refused 404'])
        expect(leg.ended.reason).toMatchObject({ by: 'server', cause: 'UNALLOCATED_NUMBER', sipStatus: 404 })
      })
    })

    describe('is transferred', () => {
      const target = 'sip:2041@a1.example'

      test('a far end asks for a transfer, and is told once what became of it', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        farEnd.askTransfer('2041')
        await leg.reportTransfer(486)
        await leg.reportTransfer(200)
        expect(farEnd.transferStatuses()).toEqual([486])
        expect(events).toEqual([
          { type: 'transfer.requested', to: { user: '2041', realm: 'a1.example' } },
          { type: 'transfer.reported', sipStatus: 486 },
        ])
        expect(leg.state).toBe('answered')
      })

      test('an attended transfer names the other leg', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        farEnd.askTransfer('2041', 'C2')
        expect(events).toEqual([
          { type: 'transfer.requested', to: { user: '2041', realm: 'a1.example' }, replacesCallId: 'C2' },
        ])
      })

      test('a far end that has asked for nothing is told nothing', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        await leg.reportTransfer(200)
        expect(farEnd.transferStatuses()).toEqual([])
        expect(events).toEqual([])
      })

      test('a leg may come to take the place of another one', async () => {
        expect((await incoming('C2')).leg.replaces).toBe('C2')
      })

      test('a leg that comes by itself takes nobody’s place', async () => {
        expect((await incoming()).leg.replaces).toBeUndefined()
      })

      test('a far end that is asked to call somebody says how that ended', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        const referred = leg.refer(target, { signal: never })
        farEnd.reportTransfer(486)
        expect(await referred).toBe(486)
        expect(events).toEqual([{ type: 'transfer.asked', target }])
      })

      test('a far end may refuse to', async () => {
        const { leg, farEnd } = await answered()
        const referred = settled(leg.refer(target, { signal: never }))
        farEnd.refuseTransfer(603)
        expect(await referred).toEqual(new Failure('TRANSFER_REFUSED', { sipStatus: 603 }))
      })

      test('a far end that hangs up after having taken it has done it, also for whoever stops with the call', async () => {
        const { leg, farEnd } = await answered()
        const referred = leg.refer(target, { signal: leg.ended })
        farEnd.hangUp()
        expect(await referred).toBe(200)
      })

      test('whoever waits for that may stop', async () => {
        const { leg } = await answered()
        const stop = new AbortController()
        const referred = settled(leg.refer(target, { signal: stop.signal }))
        stop.abort(new Error('enough'))
        expect(await referred).toEqual(new Error('enough'))
        expect(leg.state).toBe('answered')
      })

      test('when we hang up, whoever waits for that is told so', async () => {
        const { leg } = await answered()
        const referred = settled(leg.refer(target, { signal: never }))
        await leg.hangup('NORMAL_CLEARING')
        expect(await referred).toBeInstanceOf(Hangup)
        expect(await settled(leg.refer(target, { signal: never }))).toBeInstanceOf(Hangup)
      })

      test('before the answer nobody can be asked to', async () => {
        const { leg } = await incoming()
        const error = await settled(leg.refer(target, { signal: never }))
        expect(error).toEqual(new Failure('TRANSFER_REFUSED', { sipStatus: 481 }))
      })
    })

    describe('ends', () => {
      test('when the caller hangs up, everything that waits for the call is told who and why', async () => {
        const { leg, farEnd } = await answered()
        const playing = settled(leg.play(menu, forever))
        const digit = settled(leg.nextDigit(never))
        const events = story(leg)
        farEnd.hangUp()
        const gone = { by: 'caller', cause: 'NORMAL_CLEARING', sipStatus: 200 }
        expect(await digit).toBeInstanceOf(Hangup)
        expect(await digit).toMatchObject(gone)
        expect(await playing).toMatchObject(gone)
        expect(leg.ended.reason).toMatchObject(gone)
        expect(leg.state).toBe('ended')
        expect(events.at(-1)).toEqual({ type: 'leg.ended', ...gone })
      })

      test('a caller who gives up before the answer has cancelled', async () => {
        const { leg, farEnd } = await incoming()
        leg.ring()
        const digit = settled(leg.nextDigit(never))
        farEnd.hangUp()
        expect(await digit).toMatchObject({ by: 'caller', cause: 'ORIGINATOR_CANCEL', sipStatus: 487 })
      })

      test('when we hang up, the far end is told, and the call has ended before that is confirmed', async () => {
        const { leg, farEnd } = await answered()
        const digit = settled(leg.nextDigit(never))
        const hanging = leg.hangup('NORMAL_CLEARING')
        expect(leg.state).toBe('ended')
        await hanging
        expect(await digit).toMatchObject({ by: 'server', cause: 'NORMAL_CLEARING', sipStatus: 200 })
        expect(await farEnd.sees()).toEqual(['answered', 'hung up'])
      })

      test('the end comes once and last, and commands after it do nothing', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        await leg.hangup('NORMAL_CLEARING')
        farEnd.hangUp()
        await leg.hangup('USER_BUSY')
        await leg.answer()
        await leg.earlyMedia()
        await leg.reject(486)
        leg.ring()
        expect(await settled(leg.play(welcome, { signal: never }))).toBeInstanceOf(Hangup)
        expect(await settled(leg.prepare(welcome, never))).toBeInstanceOf(Hangup)
        expect(await settled(leg.nextDigit(never))).toBeInstanceOf(Hangup)
        expect(await settled(leg.sendDigits('1', { durationMs: 100, signal: never }))).toBeInstanceOf(Hangup)
        expect(typesOf(events)).toEqual(['leg.ended'])
        expect(await farEnd.sees()).toEqual(['answered', 'hung up'])
      })
    })

    describe('plays', () => {
      test('a caller hears a prompt from its first sample to its last', async () => {
        const { leg, farEnd, clock } = await answered()
        const events = story(leg)
        const begunMs = clock.now()
        await leg.play(welcome, { signal: never })
        expect(clock.now() - begunMs).toBeGreaterThanOrEqual(soundsMs.welcome - packetMs)
        expect(await farEnd.hears()).toEqual([{ media: 'welcome', ms: soundsMs.welcome }])
        expect(events).toEqual([
          { type: 'media.started', media: welcome },
          { type: 'media.ended', media: welcome, how: 'finished' },
        ])
      })

      test('a prompt is repeated as often as asked for', async () => {
        const { leg, farEnd } = await answered()
        await leg.play(welcome, { signal: never, times: 3 })
        expect(await farEnd.hears()).toEqual([{ media: 'welcome', ms: 3 * soundsMs.welcome }])
      })

      test('an unanswered caller hears a prompt by early media, and the call is still unanswered', async () => {
        const { leg, farEnd } = await incoming()
        await leg.play(welcome, { signal: never })
        expect(leg.state).toBe('early')
        expect(await farEnd.hears()).toEqual([{ media: 'welcome', ms: soundsMs.welcome }])
        expect(await farEnd.sees()).toEqual(['early'])
      })

      test('whoever stops a prompt gets the reason back, and the caller hears no more of it', async () => {
        const { leg, farEnd, clock } = await answered()
        const events = story(leg)
        const stop = new AbortController()
        const playing = settled(leg.play(menu, { signal: stop.signal, times: Infinity }))
        await clock.sleep(500)
        stop.abort(new Error('enough'))
        expect(await playing).toMatchObject({ message: 'enough' })
        await clock.sleep(200)
        const [heard, ...others] = await farEnd.hears()
        expect(others).toEqual([])
        expect(heard?.media).toBe('menu')
        expect(heard?.ms).toBeGreaterThan(400)
        expect(heard?.ms).toBeLessThan(600)
        expect(events.at(-1)).toEqual({ type: 'media.ended', media: menu, how: 'stopped' })
      })

      test('nothing is played for a signal that has already aborted', async () => {
        const { leg, farEnd } = await answered()
        const reason = new Error('too late')
        expect(await settled(leg.play(welcome, { signal: AbortSignal.abort(reason) }))).toBe(reason)
        expect(await farEnd.hears()).toEqual([])
      })

      test('a second prompt replaces the first', async () => {
        const { leg, farEnd, clock } = await answered()
        const first = settled(leg.play(menu, forever))
        await clock.sleep(300)
        await leg.play(welcome, { signal: never })
        expect(await first).toBeInstanceOf(Replaced)
        expect((await farEnd.hears()).map(({ media }) => media)).toEqual(['menu', 'welcome'])
      })

      test('the answer stops early media', async () => {
        const { leg, farEnd, clock } = await incoming()
        const early = settled(leg.play(menu, forever))
        await clock.sleep(300)
        await leg.answer()
        expect(await early).toBeInstanceOf(Replaced)
        expect(await farEnd.sees()).toEqual(['early', 'answered'])
      })

      test('commands are carried out in the order given', async () => {
        const { leg, farEnd } = await incoming()
        const events = story(leg)
        const answering = leg.answer()
        await leg.play(welcome, { signal: never })
        await answering
        expect(await farEnd.sees()).toEqual(['answered'])
        expect(typesOf(events)).toEqual(['leg.answered', 'media.started', 'media.ended'])
      })

      test('a prompt that was prepared is heard as any other, and nothing was told of it before', async () => {
        const { leg, farEnd } = await incoming()
        const events = story(leg)
        await leg.prepare(welcome, never)
        await leg.prepare(stored('missing'), never)
        expect(events).toEqual([])
        expect(leg.state).toBe('ringing')
        await leg.answer()
        await leg.play(welcome, { signal: never })
        expect(await farEnd.hears()).toEqual([{ media: 'welcome', ms: soundsMs.welcome }])
        expect(isFailure(await settled(leg.play(stored('missing'), { signal: never })), 'MEDIA_NOT_FOUND')).toBe(true)
      })

      test('media that does not exist is a failure by name, and the call goes on', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        const error = await settled(leg.play(stored('missing'), { signal: never }))
        expect(isFailure(error, 'MEDIA_NOT_FOUND')).toBe(true)
        expect(events).toEqual([{ type: 'media.failed', media: stored('missing'), code: 'MEDIA_NOT_FOUND' }])
        await leg.play(welcome, { signal: never })
        expect(await farEnd.hears()).toEqual([{ media: 'welcome', ms: soundsMs.welcome }])
      })
    })

    describe('hears digits', () => {
      test('digits come in dialled order, also those pressed while nobody waited', async () => {
        const { leg, farEnd } = await answered()
        farEnd.press('1')
        farEnd.press('#')
        expect(await leg.nextDigit(never)).toBe('1')
        expect(await leg.nextDigit(never)).toBe('#')
        const next = leg.nextDigit(never)
        farEnd.press('9')
        expect(await next).toBe('9')
      })

      test('a digit is told as it comes', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        farEnd.press('5')
        await leg.nextDigit(never)
        expect(events).toEqual([expect.objectContaining({ type: 'digit.received', digit: '5' })])
      })

      test('a wait that is given up takes no digit with it', async () => {
        const { leg, farEnd } = await answered()
        const stop = new AbortController()
        const waiting = settled(leg.nextDigit(stop.signal))
        stop.abort(new Error('no more'))
        expect(await waiting).toMatchObject({ message: 'no more' })
        farEnd.press('7')
        expect(await leg.nextDigit(never)).toBe('7')
      })

      test('digits that nobody waited for can be taken away', async () => {
        const { leg, farEnd, clock } = await answered()
        farEnd.press('1')
        farEnd.press('2')
        await clock.sleep(1000)
        expect(leg.takeDigits()).toBe('12')
        expect(leg.takeDigits()).toBe('')
      })

      test('no more than 64 digits are kept', async () => {
        const { leg, farEnd, clock } = await answered()
        for (let pressed = 0; pressed < 70; pressed++) farEnd.press(pressed < 60 ? '1' : '2')
        await clock.sleep(12_000)
        expect(leg.takeDigits()).toBe(`${'1'.repeat(60)}2222`)
      })

      test('digits are heard while a prompt plays', async () => {
        const { leg, farEnd } = await answered()
        const stop = new AbortController()
        const playing = settled(leg.play(menu, { signal: stop.signal, times: Infinity }))
        farEnd.press('3')
        expect(await leg.nextDigit(never)).toBe('3')
        stop.abort(new Error('barge-in'))
        expect(await playing).toMatchObject({ message: 'barge-in' })
      })
    })

    describe('sends digits', () => {
      test('digits are sent one after another, with their pauses', async () => {
        const { leg, clock } = await answered()
        const events = story(leg)
        const begunMs = clock.now()
        await leg.sendDigits('1w#', { durationMs: 100, signal: never })
        expect(clock.now() - begunMs).toBeGreaterThanOrEqual(700 - packetMs)
        expect(events).toEqual([{ type: 'digits.sent', digits: '1w#' }])
      })
    })

    describe('records', () => {
      const whole = { maxMs: 60_000, silenceMs: 0, endKeys: '', trim: false }

      test('a recording ends at its limit, and is as long', async () => {
        const { leg, farEnd } = await answered()
        const events = story(leg)
        farEnd.speak(true)
        const recording = await leg.record({ ...whole, signal: never, maxMs: 400 })
        expect(recording).toMatchObject({ endedBy: 'limit', key: undefined, hadSpeech: true })
        expect(recording.durationMs).toBeGreaterThanOrEqual(400 - packetMs)
        expect(recording.durationMs).toBeLessThanOrEqual(400 + packetMs)
        expect(typesOf(events)).toEqual(['recording.started', 'recording.ended'])
      })

      test('a key ends a recording and belongs to it; other keys are kept', async () => {
        const { leg, farEnd, clock } = await answered()
        const recording = leg.record({ ...whole, signal: never, endKeys: '#' })
        await clock.sleep(300)
        farEnd.press('4')
        farEnd.press('#')
        expect(await recording).toMatchObject({ endedBy: 'key', key: '#' })
        await clock.sleep(500)
        expect(leg.takeDigits()).toBe('4')
      })

      test('silence ends a recording once the caller has spoken', async () => {
        const { leg, farEnd, clock } = await answered()
        farEnd.speak(true)
        const recording = leg.record({ ...whole, signal: never, silenceMs: 1000 })
        await clock.sleep(500)
        farEnd.speak(false)
        expect(await recording).toMatchObject({ endedBy: 'silence', hadSpeech: true })
      })

      test('a caller who says nothing has not been heard', async () => {
        const { leg } = await answered()
        const recording = await leg.record({ ...whole, signal: never, silenceMs: 1000, maxMs: 3000 })
        expect(recording.hadSpeech).toBe(false)
      })

      test('a recording that is stopped keeps what was recorded', async () => {
        const { leg, farEnd, clock } = await answered()
        farEnd.speak(true)
        const stop = new AbortController()
        const recording = leg.record({ ...whole, signal: stop.signal })
        await clock.sleep(300)
        stop.abort(new Error('enough'))
        expect(await recording).toMatchObject({ endedBy: 'stopped', hadSpeech: true })
      })

      test('a recording ends well when the caller hangs up, before the call has ended', async () => {
        const { leg, farEnd, clock } = await answered()
        const events = story(leg)
        farEnd.speak(true)
        const recording = leg.record({ ...whole, signal: never })
        await clock.sleep(300)
        farEnd.hangUp()
        expect(await recording).toMatchObject({ endedBy: 'hangup', hadSpeech: true })
        expect(leg.state).toBe('ended')
        await clock.sleep(100)
        expect(typesOf(events)).toEqual(['recording.started', 'recording.ended', 'leg.ended'])
      })
    })

    describe('records the call', () => {
      const whole = { signal: never, maxMs: 60_000, channels: 'mixed' } as const

      test('in the background: what is played and recorded meanwhile goes on', async () => {
        const { leg, farEnd, clock } = await answered()
        const events = story(leg)
        const stop = new AbortController()
        const begunMs = clock.now()
        const recording = leg.recordCall({ ...whole, signal: stop.signal })
        await clock.sleep(100)
        await leg.play(welcome, { signal: never })
        farEnd.speak(true)
        await leg.record({ ...whole, maxMs: 300, silenceMs: 0, endKeys: '', trim: false })
        const elapsedMs = clock.now() - begunMs
        stop.abort(new Error('enough'))
        const { id, endedBy, durationMs } = await recording.done
        expect({ id, endedBy }).toEqual({ id: recording.id, endedBy: 'stopped' })
        expect(Math.abs(durationMs - elapsedMs)).toBeLessThanOrEqual(2 * packetMs)
        expect(typesOf(events)).toEqual([
          'call-recording.started',
          'media.started',
          'media.ended',
          'recording.started',
          'recording.ended',
          'call-recording.ended',
        ])
        expect(events.at(-1)).toMatchObject({ recordingId: id, durationMs, endedBy })
      })

      test('until its limit', async () => {
        const { leg } = await answered()
        const { durationMs, endedBy } = await leg.recordCall({ ...whole, maxMs: 400 }).done
        expect({ durationMs, endedBy }).toEqual({ durationMs: 400, endedBy: 'limit' })
      })

      test('from the moment that there is a way for sound', async () => {
        const { leg, clock } = await incoming()
        const stop = new AbortController()
        const recording = leg.recordCall({ ...whole, signal: stop.signal })
        await clock.sleep(500)
        await leg.answer()
        const answeredMs = clock.now()
        await clock.sleep(300)
        const elapsedMs = clock.now() - answeredMs
        stop.abort(new Error('enough'))
        const { durationMs } = await recording.done
        expect(Math.abs(durationMs - elapsedMs)).toBeLessThanOrEqual(2 * packetMs)
      })

      test('until the end of the leg, and the recording is told of before that', async () => {
        const { leg, farEnd, clock } = await answered()
        const events = story(leg)
        const recordings = [leg.recordCall(whole), leg.recordCall({ ...whole, channels: 'separate' })]
        await clock.sleep(300)
        farEnd.hangUp()
        for (const { done } of recordings) expect(await done).toMatchObject({ endedBy: 'hangup' })
        await clock.sleep(100)
        expect(typesOf(events).slice(2)).toEqual(['call-recording.ended', 'call-recording.ended', 'leg.ended'])
      })

      test('and does not record while it is masked, which is told once', async () => {
        const { leg, clock } = await answered()
        const events = story(leg)
        const recording = leg.recordCall({ ...whole, maxMs: 500 })
        await clock.sleep(100)
        for (const change of ['mask', 'mask', 'unmask', 'unmask'] as const) recording[change]()
        await recording.done
        recording.mask()
        expect(events.filter(({ type }) => type === 'call-recording.masked')).toEqual([
          { type: 'call-recording.masked', recordingId: recording.id, isMasked: true },
          { type: 'call-recording.masked', recordingId: recording.id, isMasked: false },
        ])
      })

      test('at most four times at once, and not when it is over', async () => {
        const { leg, farEnd } = await answered()
        const four = Array.from({ length: 4 }, () => leg.recordCall(whole))
        const fifth = await leg.recordCall(whole).done.catch((error: unknown) => error)
        expect(isFailure(fifth, 'RECORDING_FAILED')).toBe(true)
        farEnd.hangUp()
        await Promise.all(four.map(({ done }) => done))
        await expect(leg.recordCall(whole).done).rejects.toBeInstanceOf(Hangup)
      })
    })
  })
}
