import { afterEach, describe, expect, test } from 'vitest'
import { isFailure, never, type Clock } from '../../src/base/index.ts'
import {
  Replaced,
  type BridgeEnd,
  type Calling,
  type CallerId,
  type DeviceTarget,
  type Eavesdropping,
  type Leg,
  type LegEvent,
  type MessagesWaiting,
  type Target,
  type Whisper,
} from '../../src/call/index.ts'
import { soundsMs, type FarEnd, type Transferring } from './leg.ts'

/** Somebody at the far end of a leg that can be bridged. */
export interface Talker extends FarEnd, Transferring {
  /** Puts the call on hold, or takes it up again. */
  hold(isHeld: boolean): void
  /** Whether anybody else was heard speaking within the last 200 ms. */
  hearsOther(): Promise<boolean>
  /** The digits that have arrived so far. */
  digits(): Promise<string>
}

/** Whoever we have called. `sees` tells `called`, then `cancelled` or `hung up`. */
export interface CalleeEnd extends Talker {
  ring(): void
  /** Sends sound from now on, without having answered. */
  sendEarly(): void
  answer(): void
  refuse(sipStatus: number): void
  /** Who is said to call, and the custom headers. */
  shown(): Promise<{
    readonly number: string
    readonly name: string
    readonly headers: Readonly<Record<string, string>>
  }>
}

/** A driver that can dial, with people at its far ends. Time passes by itself while a test waits. */
export interface Office {
  readonly driver: Calling
  readonly clock: Clock
  /** Whoever answers to this does what {@link callee} is told to, and nothing by themselves. */
  readonly target: Target
  /** A device that is not registered. */
  readonly nobody: Target
  /** A device, and what its phones were told of messages that wait for it. */
  readonly device: DeviceTarget
  readonly messagesTold: () => readonly Pick<MessagesWaiting, 'newMessages' | 'savedMessages'>[]
  /** Lets a call come in. */
  ring(): Promise<{ readonly leg: Leg; readonly farEnd: Talker }>
  /** Whoever was dialled last, once the call has reached them. */
  callee(): Promise<CalleeEnd>
  /** Called after each test. */
  close?(): Promise<void>
}

const callerId: CallerId = { name: 'Ann Lee', number: '2001', realm: 'a1.example', isPrivate: false }
const welcome = { kind: 'stored', accountId: 'demo', id: 'welcome' } as const
const menu = { kind: 'stored', accountId: 'demo', id: 'menu' } as const
const forever = { signal: never, times: Infinity }

const settled = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => value,
    (error: unknown) => error,
  )

function story(leg: Leg): string[] {
  const events: string[] = []
  leg.observe(({ type }: LegEvent) => events.push(type))
  return events
}

/** What every driver promises that can dial and bridge. Run by each driver's own test file. */
export function everyOffice(driver: string, open: () => Promise<Office>): void {
  describe(`${driver}: a driver that dials`, () => {
    const legs: Leg[] = []
    let office: Office | undefined

    const opened = async (): Promise<Office> => {
      office = await open()
      return office
    }

    const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
      for (let waited = 0; waited < 100; waited++) {
        if (await isTrue()) return
        await office?.clock.sleep(30)
      }
      throw new Error('it never came to that')
    }

    const dialled = async (beside?: Leg): Promise<{ leg: Leg; callee: CalleeEnd; events: string[] }> => {
      const here = office ?? (await opened())
      const options = { callerId, headers: { 'X-Tenant': '7' }, ...(beside && { beside }) }
      const leg = await here.driver.dial(here.target, options)
      legs.push(leg)
      const events = story(leg)
      return { leg, callee: await here.callee(), events }
    }

    const answered = async (beside?: Leg): ReturnType<typeof dialled> => {
      const called = await dialled(beside)
      called.callee.answer()
      await until(() => called.leg.state === 'answered')
      return called
    }

    /** A caller, answered, and a callee who has answered. */
    const both = async () => {
      const here = await opened()
      const { leg: a, farEnd: caller } = await here.ring()
      legs.push(a)
      await a.answer()
      const { leg: b, callee } = await answered(a)
      return { a, b, caller, callee }
    }

    const bridged = async (a: Leg, b: Leg, signal: AbortSignal = never) => {
      const bridge = settled((office as Office).driver.bridge(a, b, { signal }))
      await office?.clock.sleep(60)
      return { bridge }
    }

    /** Lets `speaker` speak until `listener` hears it. */
    const isHeard = async (speaker: Talker, listener: Talker): Promise<void> => {
      speaker.speak(true)
      await until(() => listener.hearsOther())
      speaker.speak(false)
    }

    const isNotHeard = async (speaker: Talker, listener: Talker): Promise<void> => {
      speaker.speak(true)
      await office?.clock.sleep(300)
      expect(await listener.hearsOther()).toBe(false)
      speaker.speak(false)
    }

    afterEach(async () => {
      await Promise.all(legs.splice(0).map((leg) => leg.hangup('NORMAL_CLEARING')))
      await office?.close?.()
      office = undefined
    })

    describe('dials', () => {
      test('whoever is called is shown who calls, and nothing has happened yet on their leg', async () => {
        const { leg, callee, events } = await dialled()
        expect(leg).toMatchObject({ direction: 'outbound', state: 'ringing' })
        expect(leg.from).toMatchObject({ user: '2001', name: 'Ann Lee' })
        expect(await callee.sees()).toEqual(['called'])
        const shown = await callee.shown()
        expect(shown).toMatchObject({ number: '2001', name: 'Ann Lee' })
        expect(shown.headers).toMatchObject({ 'X-Tenant': '7' })
        expect(events).toEqual([])
      })

      test('a phone that rings, sends sound and is answered tells so, in order', async () => {
        const { leg, callee, events } = await dialled()
        callee.ring()
        await until(() => events.length === 1)
        callee.sendEarly()
        await until(() => leg.state === 'early')
        callee.answer()
        await until(() => leg.state === 'answered')
        expect(events).toEqual(['leg.ringing', 'leg.early', 'leg.answered'])
      })

      test.each([
        [486, 'USER_BUSY'],
        [603, 'CALL_REJECTED'],
        [404, 'UNALLOCATED_NUMBER'],
      ])('a call that is refused with %i ends with %s', async (sipStatus, cause) => {
        const { leg, callee, events } = await dialled()
        callee.ring()
        await until(() => events.length === 1)
        callee.refuse(sipStatus)
        await until(() => leg.state === 'ended')
        expect(leg.ended.reason).toMatchObject({ by: 'callee', cause, sipStatus })
        expect(events).toEqual(['leg.ringing', 'leg.ended'])
      })

      test('to hang up before the answer is to cancel, for the reason given', async () => {
        const { leg, callee, events } = await dialled()
        callee.ring()
        await until(() => events.length === 1)
        await leg.hangup('LOSE_RACE')
        expect(leg.ended.reason).toMatchObject({ by: 'server', cause: 'LOSE_RACE', sipStatus: 487 })
        await until(async () => (await callee.sees()).length === 2)
        expect(await callee.sees()).toEqual(['called', 'cancelled'])
        expect(events).toEqual(['leg.ringing', 'leg.ended'])
      })

      test('a callee hangs up', async () => {
        const { leg, callee, events } = await answered()
        callee.hangUp()
        await until(() => leg.state === 'ended')
        expect(leg.ended.reason).toMatchObject({ by: 'callee', cause: 'NORMAL_CLEARING', sipStatus: 200 })
        expect(events.at(-1)).toBe('leg.ended')
      })

      test('we hang up on a callee', async () => {
        const { leg, callee } = await answered()
        await leg.hangup('NORMAL_CLEARING')
        expect(leg.ended.reason).toMatchObject({ by: 'server', cause: 'NORMAL_CLEARING', sipStatus: 200 })
        await until(async () => (await callee.sees()).length === 2)
        expect(await callee.sees()).toEqual(['called', 'hung up'])
      })

      test('what only the far end can do is not done for it', async () => {
        const { leg, callee, events } = await dialled()
        leg.ring()
        await leg.earlyMedia()
        await leg.answer()
        await leg.reject(486)
        expect(leg.state).toBe('ringing')
        expect(events).toEqual([])
        expect(await callee.sees()).toEqual(['called'])
      })

      test('a callee hears prompts, and presses keys', async () => {
        const { leg, callee } = await answered()
        await leg.play(welcome, { signal: never })
        expect(await callee.hears()).toEqual([{ media: 'welcome', ms: soundsMs.welcome }])
        callee.press('1')
        expect(await leg.nextDigit(never)).toBe('1')
      })

      test('a callee asks for a transfer, and is told what became of it', async () => {
        const { leg, callee } = await answered()
        const events: LegEvent[] = []
        leg.observe((event) => events.push(event))
        callee.askTransfer('2041')
        await leg.reportTransfer(200)
        expect(events).toEqual([
          { type: 'transfer.requested', to: { user: '2041', realm: 'a1.example' } },
          { type: 'transfer.reported', sipStatus: 200 },
        ])
        expect(callee.transferStatuses()).toEqual([200])
      })

      test('a callee is asked to call somebody in place of another leg', async () => {
        const { a, b, callee } = await both()
        const events: LegEvent[] = []
        b.observe((event) => events.push(event))
        const referred = b.refer('sip:2041@a1.example', { signal: never, replaces: a })
        callee.reportTransfer(200)
        expect(await referred).toBe(200)
        expect(events).toEqual([{ type: 'transfer.asked', target: 'sip:2041@a1.example', replacesCallId: a.callId }])
      })

      test('in place of a leg that is gone nobody can be called', async () => {
        const { a, b } = await both()
        await a.hangup('NORMAL_CLEARING')
        const error = await settled(b.refer('sip:2041@a1.example', { signal: never, replaces: a }))
        expect(isFailure(error, 'TRANSFER_REFUSED')).toBe(true)
      })

      test('a device that is not registered cannot be called', async () => {
        const { driver: calling, nobody } = await opened()
        const error = await settled(calling.dial(nobody, { callerId, headers: {} }))
        expect(isFailure(error, 'DIAL_NOT_REGISTERED')).toBe(true)
      })
    })

    test('the phones of a device are told how many messages wait for it', async () => {
      const { device, driver: calling, messagesTold } = await opened()
      expect(calling.capabilities.messageWaiting).toBe(true)
      const account = { user: '*97', realm: 'a1.example' }
      await calling.tellMessages(device, { newMessages: 2, savedMessages: 8, account })
      await calling.tellMessages(device, { newMessages: 0, savedMessages: 10 })
      expect(messagesTold()).toMatchObject([
        { newMessages: 2, savedMessages: 8 },
        { newMessages: 0, savedMessages: 10 },
      ])
    })

    describe('bridges', () => {
      test('two parties hear each other', async () => {
        const { a, b, caller, callee } = await both()
        await bridged(a, b)
        await isHeard(caller, callee)
        await isHeard(callee, caller)
      })

      test('nobody hears anybody before', async () => {
        const { caller, callee } = await both()
        await isNotHeard(caller, callee)
        await isNotHeard(callee, caller)
      })

      test('digits pass through, and are told of the leg they come from', async () => {
        const { a, b, caller, callee } = await both()
        await bridged(a, b)
        caller.press('5')
        expect(await a.nextDigit(never)).toBe('5')
        await until(async () => (await callee.digits()) === '5')
        callee.press('#')
        expect(await b.nextDigit(never)).toBe('#')
        await until(async () => (await caller.digits()) === '#')
      })

      test('when the caller goes, the bridge ends and the callee is still there', async () => {
        const { a, b, caller, callee } = await both()
        const { bridge } = await bridged(a, b)
        caller.hangUp()
        expect(await bridge).toBe('a')
        expect(b.state).toBe('answered')
        await b.play(welcome, { signal: never })
        expect(await callee.hears()).toEqual([{ media: 'welcome', ms: soundsMs.welcome }])
      })

      test('when the callee goes, the bridge ends and the caller is still there', async () => {
        const { a, b, caller, callee } = await both()
        const { bridge } = await bridged(a, b)
        callee.hangUp()
        expect(await bridge).toBe('b')
        expect(a.state).toBe('answered')
        await a.play(welcome, { signal: never })
        expect(await caller.hears()).toEqual([{ media: 'welcome', ms: soundsMs.welcome }])
      })

      test('with a leg that has ended there is no bridge', async () => {
        const { a, b } = await both()
        await b.hangup('NORMAL_CLEARING')
        const { bridge } = await bridged(a, b)
        expect(await bridge).toBe('b')
        expect(a.state).toBe('answered')
      })

      test('whoever ends a bridge gets the reason back, and both are let go and can be bridged again', async () => {
        const { a, b, caller, callee } = await both()
        const stop = new AbortController()
        const { bridge } = await bridged(a, b, stop.signal)
        stop.abort(new Error('enough'))
        expect(await bridge).toMatchObject({ message: 'enough' })
        expect([a.state, b.state]).toEqual(['answered', 'answered'])
        await isNotHeard(caller, callee)
        await isNotHeard(callee, caller)
        await bridged(a, b)
        await isHeard(callee, caller)
      })

      test('a bridge takes the place of what plays', async () => {
        const { a, b } = await both()
        const playing = [settled(a.play(menu, forever)), settled(b.play(menu, forever))]
        await office?.clock.sleep(100)
        await bridged(a, b)
        expect(await Promise.all(playing)).toEqual([expect.any(Replaced), expect.any(Replaced)])
      })

      test('a prompt takes the place of the bridge', async () => {
        const { a, b, caller, callee } = await both()
        const { bridge } = await bridged(a, b)
        await a.play(welcome, { signal: never })
        expect(await bridge).toBeInstanceOf(Replaced)
        expect((await caller.hears()).map(({ media }) => media)).toContain('welcome')
        await isNotHeard(caller, callee)
      })

      test('a caller hears early sound without being answered; the answer ends that', async () => {
        const here = await opened()
        const { leg: a, farEnd: caller } = await here.ring()
        legs.push(a)
        const { leg: b, callee } = await dialled(a)
        callee.sendEarly()
        await until(() => b.state === 'early')
        const { bridge } = await bridged(a, b)
        expect(a.state).toBe('early')
        await isHeard(callee, caller)
        await a.answer()
        expect(await bridge).toBeInstanceOf(Replaced)
        expect(b.state).toBe('early')
      })

      test('who waits hears music while the other one holds, and each other afterwards', async () => {
        const { a, b, caller, callee } = await both()
        const events = story(b)
        settled((office as Office).driver.bridge(a, b, { signal: never, holdMusic: { a: menu } })).catch(
          () => undefined,
        )
        await office?.clock.sleep(60)
        caller.hold(true)
        await until(() => events.includes('media.started'))
        await office?.clock.sleep(500)
        caller.hold(false)
        await until(() => events.includes('media.ended'))
        expect((await callee.hears()).map(({ media }) => media)).toEqual(['menu'])
        await isHeard(caller, callee)
        await isHeard(callee, caller)
      })

      test('music that cannot be had is told of, and the bridge stays', async () => {
        const { a, b, caller, callee } = await both()
        const events = story(a)
        const holdMusic = { b: { kind: 'stored', accountId: 'demo', id: 'gone' } } as const
        settled((office as Office).driver.bridge(a, b, { signal: never, holdMusic })).catch(() => undefined)
        await office?.clock.sleep(60)
        callee.hold(true)
        await until(() => events.includes('media.failed'))
        callee.hold(false)
        await office?.clock.sleep(60)
        await isHeard(callee, caller)
      })
    })

    describe('lets somebody listen in', () => {
      /** A caller and a callee who talk, and a supervisor who listens to the callee. */
      const listening = async (signal: AbortSignal = never) => {
        const { a, b, caller, callee } = await both()
        const { bridge } = await bridged(a, b)
        const { leg: c, farEnd: supervisor } = await (office as Office).ring()
        legs.push(c)
        await c.answer()
        const { listens, speaksTo } = await eavesdrops(c, b, signal)
        return { a, b, c, caller, callee, supervisor, bridge, listens, speaksTo }
      }

      const eavesdrops = async (listener: Leg, target: Leg, signal: AbortSignal = never) => {
        let eavesdropping: Eavesdropping | undefined
        const onListening = (begun: Eavesdropping): void => void (eavesdropping = begun)
        const listens = settled((office as Office).driver.eavesdrop(listener, target, { signal, onListening }))
        await until(() => eavesdropping !== undefined)
        await office?.clock.sleep(60)
        return { listens: listens as Promise<BridgeEnd>, speaksTo: (whom: Whisper) => eavesdropping?.speaksTo(whom) }
      }

      test('both are heard, and hear nothing of it', async () => {
        const { caller, callee, supervisor } = await listening()
        await isHeard(caller, supervisor)
        await office?.clock.sleep(400)
        await isHeard(callee, supervisor)
        await office?.clock.sleep(400)
        await isNotHeard(supervisor, caller)
        await isNotHeard(supervisor, callee)
        await isHeard(caller, callee)
      })

      test.each([
        ['target', false, true],
        ['other', true, false],
        ['both', true, true],
        ['nobody', false, false],
      ] as const)('who listens speaks to %s', async (whom, byCaller, byCallee) => {
        const { caller, callee, supervisor, speaksTo } = await listening()
        speaksTo(whom)
        await office?.clock.sleep(60)
        supervisor.speak(true)
        await office?.clock.sleep(400)
        expect([await caller.hearsOther(), await callee.hearsOther()]).toEqual([byCaller, byCallee])
        supervisor.speak(false)
        await office?.clock.sleep(400)
        await isHeard(caller, callee)
        await office?.clock.sleep(400)
        await isHeard(callee, caller)
      })

      test('keys of who listens go nowhere else', async () => {
        const { a, b, c, caller, callee, supervisor } = await listening()
        supervisor.press('2')
        expect(await c.nextDigit(never)).toBe('2')
        await office?.clock.sleep(300)
        expect([await caller.digits(), await callee.digits()]).toEqual(['', ''])
        expect([a.takeDigits(), b.takeDigits()]).toEqual(['', ''])
      })

      test('it ends when who is listened to goes', async () => {
        const { c, callee, listens } = await listening()
        callee.hangUp()
        expect(await listens).toBe('b')
        expect(c.state).toBe('answered')
      })

      test('it ends when who listens goes, and the conversation goes on', async () => {
        const { caller, callee, supervisor, listens } = await listening()
        supervisor.hangUp()
        expect(await listens).toBe('a')
        await isHeard(caller, callee)
        await office?.clock.sleep(400)
        await isHeard(callee, caller)
      })

      test('it ends when told, and when who listens is played to; the leg can be listened to again', async () => {
        const stop = new AbortController()
        const { b, c, callee, supervisor, listens } = await listening(stop.signal)
        stop.abort(new Error('enough'))
        expect(await listens).toMatchObject({ message: 'enough' })
        await isNotHeard(callee, supervisor)
        const again = await eavesdrops(c, b)
        await office?.clock.sleep(400)
        await isHeard(callee, supervisor)
        await c.play(welcome, { signal: never })
        expect(await again.listens).toBeInstanceOf(Replaced)
      })

      test('whoever has gone is not listened to', async () => {
        const { b, c, listens } = await listening()
        await b.hangup('NORMAL_CLEARING')
        await listens
        expect(await (office as Office).driver.eavesdrop(c, b, { signal: never })).toBe('b')
      })
    })

    test('a recording of the call goes on through bridges and prompts', async () => {
      const { a, b, caller, callee } = await both()
      const events = story(a)
      const stop = new AbortController()
      const recording = a.recordCall({ signal: stop.signal, maxMs: 60_000, channels: 'separate' })
      const { bridge } = await bridged(a, b)
      await isHeard(caller, callee)
      await a.play(welcome, { signal: never })
      await bridge
      await bridged(a, b)
      await isHeard(callee, caller)
      expect(events.filter((type) => type.startsWith('call-recording'))).toEqual(['call-recording.started'])
      stop.abort(new Error('enough'))
      expect(await recording.done).toMatchObject({ id: recording.id, endedBy: 'stopped', hadSpeech: true })
    })
  })
}
