import { afterEach, describe, expect, test } from 'vitest'
import { isFailure, never, type Clock } from '../../src/base/index.ts'
import { Replaced, type Calling, type JoinOptions, type Leg, type Member, type Room } from '../../src/call/index.ts'
import { soundsMs, type FarEnd } from './leg.ts'

/** Somebody at the far end of a leg that can be in a room. */
export interface Guest extends FarEnd {
  /** Who and what was heard within the last 200 ms: names of guests in alphabetical order, then ids of stored media. */
  hearing(): Promise<readonly string[]>
}

export type GuestName = 'ann' | 'bob' | 'cid'

/** A driver that has rooms, with people who call. Time passes by itself while a test waits. */
export interface Hotel {
  readonly driver: Calling
  readonly clock: Clock
  /** Lets a call come in. */
  ring(name: GuestName): Promise<{ readonly leg: Leg; readonly farEnd: Guest }>
  /** Called after each test. */
  close?(): Promise<void>
}

interface Present {
  readonly leg: Leg
  readonly farEnd: Guest
  /** How the stay ended. */
  stay: Promise<unknown>
  member: Member
}

const menu = { kind: 'stored', accountId: 'demo', id: 'menu' } as const
const forever = { signal: never, times: Infinity }
const maxMs = 60_000

const settled = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => value,
    (error: unknown) => error,
  )

/** What every driver promises that has rooms. Run by each driver's own test file. */
export function everyRoom(driver: string, open: () => Promise<Hotel>): void {
  describe(`${driver}: a room`, () => {
    const legs: Leg[] = []
    let hotel: Hotel
    let room: Room

    const here = async (): Promise<void> => {
      hotel = await open()
      room = hotel.driver.room()
    }

    const called = async (name: GuestName) => {
      const call = await hotel.ring(name)
      legs.push(call.leg)
      await call.leg.answer()
      call.farEnd.speak(true)
      return call
    }

    const joins = async (leg: Leg, as: Partial<JoinOptions> = {}): Promise<Pick<Present, 'stay' | 'member'>> => {
      let stay: Promise<unknown> = Promise.resolve()
      const member = await new Promise<Member>((onJoined) => {
        stay = settled(room.join(leg, { signal: never, ...as, onJoined }))
      })
      return { stay, member }
    }

    const present = async (name: GuestName, as: Partial<JoinOptions> = {}): Promise<Present> => {
      const call = await called(name)
      return { ...call, ...(await joins(call.leg, as)) }
    }

    /** Three who speak all the time. */
    const three = async (): Promise<readonly [Present, Present, Present]> => {
      await here()
      return [await present('ann'), await present('bob'), await present('cid')]
    }

    const hearing = async (...guests: readonly { readonly farEnd: Guest }[]): Promise<(readonly string[])[]> => {
      await hotel.clock.sleep(300)
      return Promise.all(guests.map(({ farEnd }) => farEnd.hearing()))
    }

    afterEach(async () => {
      await room.close()
      await Promise.all(legs.splice(0).map((leg) => leg.hangup('NORMAL_CLEARING')))
      await hotel.close?.()
    })

    test('everybody hears all but themselves', async () => {
      const guests = await three()
      expect(await hearing(...guests)).toEqual([
        ['bob', 'cid'],
        ['ann', 'cid'],
        ['ann', 'bob'],
      ])
    })

    test('who has not joined is not heard, and hears nobody', async () => {
      await here()
      await present('ann')
      const bob = await present('bob')
      const cid = await called('cid')
      expect(await hearing(bob, cid)).toEqual([['ann'], []])
    })

    test('who comes in muted is not heard and hears; who comes in deaf is heard and hears nothing', async () => {
      await here()
      const ann = await present('ann')
      const bob = await present('bob', { isMuted: true })
      const cid = await present('cid', { isDeaf: true })
      expect(await hearing(ann, bob, cid)).toEqual([['cid'], ['ann', 'cid'], []])
    })

    test('members are muted and made deaf, and undone', async () => {
      const [ann, bob, cid] = await three()
      bob.member.change({ isMuted: true })
      cid.member.change({ isDeaf: true })
      expect(await hearing(ann, bob, cid)).toEqual([['cid'], ['ann', 'cid'], []])
      bob.member.change({ isMuted: false })
      cid.member.change({ isDeaf: false })
      expect(await hearing(ann, cid)).toEqual([
        ['bob', 'cid'],
        ['ann', 'bob'],
      ])
    })

    test('digits are told and kept, and the others do not hear them', async () => {
      const [ann, bob] = await three()
      ann.farEnd.press('5')
      expect(await ann.leg.nextDigit(never)).toBe('5')
      expect(bob.leg.takeDigits()).toBe('')
    })

    test('who hangs up has left, and the others stay', async () => {
      const [ann, bob, cid] = await three()
      bob.farEnd.hangUp()
      expect(await bob.stay).toBe('ended')
      expect(await hearing(ann, cid)).toEqual([['cid'], ['ann']])
    })

    test('a leg that has ended does not come in', async () => {
      await here()
      const { leg } = await called('ann')
      await leg.hangup('NORMAL_CLEARING')
      expect(await room.join(leg, { signal: never })).toBe('ended')
    })

    test('whoever is taken out gets the reason back, hears silence, and may come in again', async () => {
      const [ann, bob] = await three()
      const out = new AbortController()
      const again = await joins(ann.leg, { signal: out.signal })
      expect(await ann.stay).toBeInstanceOf(Replaced)
      out.abort(new Error('enough'))
      expect(await again.stay).toMatchObject({ message: 'enough' })
      expect(ann.leg.state).toBe('answered')
      expect(await hearing(ann, bob)).toEqual([[], ['cid']])
      await joins(ann.leg)
      expect(await hearing(ann, bob)).toEqual([
        ['bob', 'cid'],
        ['ann', 'cid'],
      ])
    })

    test('a prompt takes the place of the room', async () => {
      const [ann, bob] = await three()
      const playing = settled(ann.leg.play(menu, forever))
      expect(await ann.stay).toBeInstanceOf(Replaced)
      expect(await hearing(bob)).toEqual([['cid']])
      await joins(ann.leg)
      expect(await playing).toBeInstanceOf(Replaced)
      expect(await hearing(ann)).toEqual([['bob', 'cid']])
    })

    test('what is played is heard by all, with what is said, until it ends', async () => {
      const [ann, bob, cid] = await three()
      cid.farEnd.speak(false)
      const stop = new AbortController()
      const playing = settled(room.play(menu, { signal: stop.signal, times: Infinity }))
      expect(await hearing(ann, bob, cid)).toEqual([
        ['bob', 'menu'],
        ['ann', 'menu'],
        ['ann', 'bob', 'menu'],
      ])
      stop.abort(new Error('enough'))
      expect(await playing).toMatchObject({ message: 'enough' })
      expect(await hearing(ann)).toEqual([['bob']])
      const from = hotel.clock.now()
      await room.play(menu, { signal: never })
      expect(hotel.clock.now() - from).toBeGreaterThanOrEqual(soundsMs.menu - 20)
    })

    test('what does not exist cannot be played', async () => {
      await three()
      const missing = { kind: 'stored', accountId: 'demo', id: 'missing' } as const
      expect(isFailure(await settled(room.play(missing, { signal: never })), 'MEDIA_NOT_FOUND')).toBe(true)
    })

    test('a recording goes on until it is stopped, is too long, or another begins', async () => {
      await three()
      const stop = new AbortController()
      const stopped = room.record({ signal: stop.signal, maxMs, trim: false })
      await hotel.clock.sleep(400)
      stop.abort()
      const { durationMs, endedBy, hadSpeech } = await stopped
      expect({ endedBy, hadSpeech }).toEqual({ endedBy: 'stopped', hadSpeech: true })
      expect(Math.abs(durationMs - 400)).toBeLessThanOrEqual(40)
      const first = room.record({ signal: never, maxMs, trim: false })
      await hotel.clock.sleep(100)
      const second = room.record({ signal: never, maxMs: 300, trim: false })
      expect((await first).endedBy).toBe('stopped')
      expect((await second).endedBy).toBe('limit')
    })

    test('a room that closes lets all go, and nobody comes in any more', async () => {
      const [ann, bob, cid] = await three()
      const playing = room.play(menu, forever)
      const recording = room.record({ signal: never, maxMs, trim: false })
      await hotel.clock.sleep(100)
      await room.close()
      expect(await Promise.all([ann.stay, bob.stay, cid.stay])).toEqual(['closed', 'closed', 'closed'])
      await playing
      expect((await recording).endedBy).toBe('hangup')
      expect(await room.join(ann.leg, { signal: never })).toBe('closed')
      expect(await hearing(ann, bob)).toEqual([[], []])
      expect(ann.leg.state).toBe('answered')
      await room.close()
    })

    test('who is not answered hears and is heard; the answer takes the leg out', async () => {
      await here()
      const ann = await present('ann')
      const { leg, farEnd } = await hotel.ring('bob')
      legs.push(leg)
      farEnd.speak(true)
      const { stay } = await joins(leg)
      expect(leg.state).toBe('early')
      expect(await hearing({ farEnd }, ann)).toEqual([['ann'], ['bob']])
      await leg.answer()
      expect(await stay).toBeInstanceOf(Replaced)
    })
  })
}
