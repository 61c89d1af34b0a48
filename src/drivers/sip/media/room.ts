import type { Clock } from '../../../base/index.ts'
import { encodeG711, Mixer } from '../../../media/index.ts'
import type { Law, MemberSettings, Recorded, RecordSettings } from '../media-port.ts'
import { Member, type Common } from './member.ts'
import { Player } from './player.ts'
import { frameSamples, type Report } from './protocol.ts'
import { Recorder } from './recorder.ts'
import { Recordings } from './recordings.ts'
import type { Talk } from './talk.ts'
import type { Ticker, Ticking } from './ticker.ts'
import type { Hearer } from './voice.ts'

export interface RoomSoundOptions {
  readonly room: number
  readonly clock: Clock
  readonly ticker: Ticker
  readonly report: (report: Report) => void
}

const mostPlayers = 16

/**
 * A room in the thread that mixes it. Every 20 ms it takes a frame of what each member says, and adds up those who say
 * something; members of this thread fetch theirs when it is their turn to send, those of other threads are told. So who
 * only listens costs a copy.
 */
export class RoomSound implements Ticking, Common {
  readonly mixer = new Mixer(frameSamples)
  readonly #room: number
  readonly #ticker: Ticker
  readonly #report: (report: Report) => void
  readonly #recordings: Recordings
  readonly #members = new Map<number, Member>()
  readonly #players = new Map<number, Player<Int16Array>>()
  readonly #frame = new Int16Array(frameSamples)
  readonly #encoded: { readonly [L in Law]: { readonly bytes: Uint8Array; frame: number } } = {
    pcmu: { bytes: new Uint8Array(frameSamples), frame: -1 },
    pcma: { bytes: new Uint8Array(frameSamples), frame: -1 },
  }
  #recorder: Recorder | undefined
  #isSilent = true
  #lastFrame: number | undefined

  constructor({ room, clock, ticker, report }: RoomSoundOptions) {
    this.#room = room
    this.#ticker = ticker
    this.#report = report
    this.#recordings = new Recordings(room, clock, report)
    ticker.join(this)
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  encoded(law: Law): Uint8Array {
    const { bytes, frame } = this.#encoded[law]
    if (frame !== this.#lastFrame) {
      this.#encoded[law].frame = this.#lastFrame ?? 0
      this.mixer.write(this.#frame)
      encodeG711(this.#frame, law, bytes)
    }
    return bytes
  }

  /** A leg of this thread comes in. `dismiss` is called when the room closes. */
  enter(leg: number, job: number, as: MemberSettings, dismiss: () => void): Talk {
    const member = this.#seat(leg, as, dismiss)
    return {
      job,
      mouth: member.voice,
      next: (frame, law) => member.hear(frame, law, this),
      nextKey: () => 'audio',
    }
  }

  /** A leg of another thread comes in, whose thread is told what it hears. @returns where what it says goes */
  enterFrom(leg: number, as: MemberSettings, across: Hearer): Hearer {
    return this.#seat(leg, as, () => across.close(), across).voice
  }

  change(leg: number, as: MemberSettings): void {
    this.#members.get(leg)?.change(as)
  }

  play(job: number, samples: Int16Array, times: number): void {
    const [oldest] = this.#players.keys()
    if (oldest !== undefined && this.#players.size >= mostPlayers) this.stop(oldest)
    this.#players.set(job, new Player(job, samples, times))
  }

  record(job: number, settings: RecordSettings): void {
    this.#endRecording('stopped')
    this.#recorder = new Recorder(job, settings)
  }

  /** Stops a job that is still going on. */
  stop(job: number): void {
    if (this.#players.has(job)) this.#endPlayer(job, 'stopped')
    if (this.#recorder?.job === job) this.#endRecording('stopped')
  }

  /** Lets all go. Resolves when recordings are complete. */
  async close(): Promise<void> {
    this.#ticker.leave(this)
    for (const [leg, { dismiss }] of this.#members) {
      this.#members.delete(leg)
      dismiss()
    }
    for (const job of this.#players.keys()) this.#endPlayer(job, 'stopped')
    this.#endRecording('closed')
    await this.#recordings.complete()
  }

  tick(frame: number): void {
    const passed = this.#lastFrame === undefined ? 1 : frame - this.#lastFrame
    this.#lastFrame = frame
    this.mixer.begin()
    this.#isSilent = true
    for (const member of this.#members.values()) if (member.sayTo(this.mixer)) this.#isSilent = false
    for (const player of this.#players.values()) this.#addPlayer(player)
    this.mixer.settle()
    this.#tellAcross(frame)
    this.#tellRecorder(frame, passed)
  }

  #seat(leg: number, as: MemberSettings, dismiss: () => void, across?: Hearer): Member {
    const leave = (): void => {
      if (this.#members.get(leg) === member) this.#members.delete(leg)
    }
    const member = new Member(as, leave, dismiss, across)
    this.#members.set(leg, member)
    return member
  }

  #addPlayer(player: Player<Int16Array>): void {
    player.next(this.#frame, 0)
    this.mixer.add(this.#frame)
    this.#isSilent = false
    if (player.isOver) this.#endPlayer(player.job, 'finished')
  }

  #tellAcross(frame: number): void {
    for (const member of this.#members.values()) {
      if (member.across === undefined) continue
      const heard = member.hearLinear(this)
      if (heard !== undefined) member.across.hear((frame * frameSamples) >>> 0, heard)
    }
  }

  #tellRecorder(frame: number, passed: number): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    this.mixer.write(this.#frame)
    recorder.hear((frame * frameSamples) >>> 0, this.#frame)
    const endedBy = recorder.tick(passed)
    if (endedBy !== undefined || recorder.problem !== undefined) this.#endRecording(endedBy ?? 'stopped')
  }

  #endPlayer(job: number, how: 'finished' | 'stopped'): void {
    this.#players.delete(job)
    this.#report({ is: 'over', leg: this.#room, job, how })
  }

  #endRecording(endedBy: Recorded['endedBy']): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    this.#recorder = undefined
    this.#recordings.end(recorder, endedBy)
  }
}
