import { follow, Outcome, unlessAborted, unwanted, within, type Clock } from '../base/index.ts'
import {
  digitWithin,
  Replaced,
  type Call,
  type MediaSource,
  type Member,
  type MemberSettings,
  type Room,
} from '../call/index.ts'
import type { Control, Entry } from './entry.ts'
import type { LeaveReason, ParticipantState } from './events.ts'

/** What a participant knows of the conference. */
export interface Floor {
  readonly id: string
  readonly clock: Clock
  readonly room: Room
  /** Participants hear each other now. */
  readonly isOpen: boolean
  /** Only one is there, and that is why: whoever waits for a moderator is not told to be alone. */
  readonly isAlone: boolean
  change(participant: Participant, settings: Partial<MemberSettings>): void
  /** They hear the others from now on. */
  joined(participant: Participant): void
}

/** Between the keys of one control. */
const mostKeyMs = 3_000
const mostNotices = 4
const longestStayMs = 24 * 3_600_000

const changed: Error = new Outcome('something else is to be heard')
const forever = new Promise<never>(() => undefined)

class Leaving extends Outcome {
  readonly why: LeaveReason
  constructor(why: LeaveReason) {
    super(why)
    this.why = why
  }
}

/**
 * Somebody in a conference: hears notices of their own, then the others when the conference is open, and else what is
 * heard while waiting, until they leave.
 */
export class Participant {
  readonly id: number
  readonly call: Call
  readonly entry: Entry
  readonly joinedAt: number
  readonly #floor: Floor
  readonly #out = new AbortController()
  readonly #notices: MediaSource[]
  #as: MemberSettings
  #member: Member | undefined
  #phase = new AbortController()
  /** What is heard now. */
  #hears: 'notice' | 'room' | 'wait' = 'notice'
  #knowsThatAlone = false

  constructor(id: number, call: Call, entry: Entry, floor: Floor) {
    const { isMuted, isDeaf, welcome } = entry
    this.id = id
    this.call = call
    this.entry = entry
    this.joinedAt = floor.clock.now()
    this.#floor = floor
    this.#as = { isMuted, isDeaf }
    this.#notices = [...welcome]
  }

  get state(): ParticipantState {
    const { id, call, joinedAt } = this
    const { role, label, endsConference } = this.entry
    return { id, call, role, label, endsConference, joinedAt, ...this.#as }
  }

  /** They hear what is said and played to all, or are about to. */
  get isInRoom(): boolean {
    return this.#member !== undefined || (this.#hears !== 'notice' && this.#floor.isOpen)
  }

  /** Resolves when they leave. @throws `signal.reason` · Replaced, when something else takes their leg */
  async stay(signal: AbortSignal): Promise<LeaveReason> {
    const { clock } = this.#floor
    const { ended } = this.call.leg
    const undo = [follow(signal, this.#out), follow(ended, this.#out)]
    const listening = this.#obeyKeys()
    const { timeLimitMs: ms = longestStayMs } = this.entry
    try {
      return await within(
        { clock, ms, signal: this.#out.signal },
        () => new Leaving('time'),
        (either) => this.#hearAll(either),
      )
    } catch (error) {
      if (error instanceof Leaving) return error.why
      if (ended.aborted) return 'hung up'
      throw error
    } finally {
      for (const unfollow of undo) unfollow()
      this.#out.abort(unwanted)
      await listening
    }
  }

  leave(why: LeaveReason): void {
    this.#out.abort(new Leaving(why))
  }

  /** Takes effect at once. @returns what has changed */
  change(settings: Partial<MemberSettings>): ('mute' | 'unmute' | 'deaf' | 'undeaf')[] {
    const before = this.#as
    this.#as = { ...before, ...settings }
    this.#member?.change(this.#as)
    const { isMuted, isDeaf } = this.#as
    const changes = [
      ...(isMuted === before.isMuted ? [] : [isMuted ? ('mute' as const) : ('unmute' as const)]),
      ...(isDeaf === before.isDeaf ? [] : [isDeaf ? ('deaf' as const) : ('undeaf' as const)]),
    ]
    for (const change of changes) this.notify(this.entry.notices[change])
    return changes
  }

  /** The conference has opened or closed, perhaps. */
  review(): void {
    if (this.#hears !== 'notice' && (this.#hears === 'room') !== this.#floor.isOpen) this.#phase.abort(changed)
  }

  /** Lets them hear something of their own; of too much, the rest is left out. */
  notify(notice: MediaSource | undefined): void {
    if (notice === undefined || this.#notices.length >= mostNotices) return
    this.#notices.push(notice)
    if (this.#hears !== 'notice') this.#phase.abort(changed)
  }

  async #hearAll(signal: AbortSignal): Promise<never> {
    for (;;) {
      signal.throwIfAborted()
      this.#phase = new AbortController()
      const unfollow = follow(signal, this.#phase)
      try {
        await this.#hearNext(this.#phase.signal)
      } catch (error) {
        if (error !== changed) throw error
      } finally {
        unfollow()
      }
    }
  }

  async #hearNext(signal: AbortSignal): Promise<void> {
    const notice = this.#notices.shift()
    if (notice !== undefined) {
      this.#hears = 'notice'
      await this.#hear(notice, signal)
    } else if (this.#floor.isOpen) {
      this.#hears = 'room'
      await this.#hearOthers(signal)
    } else {
      this.#hears = 'wait'
      await this.#wait(signal)
    }
  }

  async #hearOthers(signal: AbortSignal): Promise<void> {
    const { leg } = this.call
    this.#knowsThatAlone = false
    try {
      const onJoined = (member: Member): void => {
        this.#member = member
        this.#floor.joined(this)
      }
      const end = await this.#floor.room.join(leg, { ...this.#as, signal, onJoined })
      leg.ended.throwIfAborted()
      if (end === 'closed') throw new Leaving('ended')
    } finally {
      this.#member = undefined
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#floor.isAlone && !this.#knowsThatAlone) {
      this.#knowsThatAlone = true
      for (const sound of this.entry.alone) await this.#hear(sound, signal)
    }
    try {
      await this.entry.wait(signal, this.#floor.id)
    } catch (error) {
      this.#throwIfOver(error, signal)
      this.call.log.warn('conference.no-music', { error: error as Error })
    }
    await unlessAborted(forever, signal)
  }

  /** What cannot be played is left out; its failure is on the call's story. */
  async #hear(sound: MediaSource, signal: AbortSignal): Promise<void> {
    try {
      await this.call.leg.play(sound, { signal })
    } catch (error) {
      this.#throwIfOver(error, signal)
    }
  }

  #throwIfOver(error: unknown, signal: AbortSignal): void {
    signal.throwIfAborted()
    this.call.leg.ended.throwIfAborted()
    if (error instanceof Replaced) throw error
  }

  /** Never rejects. */
  async #obeyKeys(): Promise<void> {
    const { controls } = this.entry
    if (controls.size === 0) return
    const begins = (keys: string): boolean => [...controls.keys()].some((control) => control.startsWith(keys))
    const { signal } = this.#out
    let typed = ''
    try {
      for (;;) {
        const ms = typed === '' ? longestStayMs : mostKeyMs
        const digit = await digitWithin(this.call.leg, this.#floor.clock, ms, signal)
        const both = typed + (digit ?? '')
        const keys = digit === undefined ? '' : begins(both) ? both : digit
        const control = controls.get(keys)
        typed = control === undefined && begins(keys) ? keys : ''
        if (control !== undefined) this.#obey(control)
      }
    } catch {
      // They have left.
    }
  }

  #obey(control: Control): void {
    const { isMuted, isDeaf } = this.#as
    const changes = {
      'toggle-mute': { isMuted: !isMuted },
      mute: { isMuted: true },
      unmute: { isMuted: false },
      'toggle-deaf': { isDeaf: !isDeaf },
      deaf: { isDeaf: true },
      undeaf: { isDeaf: false },
    } as const
    if (control === 'leave') this.leave('left')
    else this.#floor.change(this, changes[control])
  }
}
