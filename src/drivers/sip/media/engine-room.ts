import type { Audio } from '../../../call/index.ts'
import type {
  MediaJob,
  MediaLeg,
  MediaMember,
  MediaRoom,
  MemberSettings,
  Recorded,
  RecordSettings,
} from '../media-port.ts'
import { Jobs, type How } from './jobs.ts'
import type { JobReport, RoomCommand } from './protocol.ts'

/** A leg that has come in. */
export interface Seat {
  readonly leg: number
  readonly job: MediaJob<'stopped'>
}

export interface EngineRoomOptions {
  readonly id: number
  readonly post: (command: RoomCommand) => void
  /** Brings a leg of whatever thread in. @returns undefined when it is closed */
  readonly seat: (leg: MediaLeg, as: MemberSettings) => Seat | undefined
  /** Called when the room is closed. */
  readonly gone: () => void
}

const nobody: MediaMember = { done: Promise.resolve('stopped'), stop: () => undefined, change: () => undefined }

/** The control thread's end of a room. */
export class EngineRoom implements MediaRoom {
  readonly id: number
  readonly #options: EngineRoomOptions
  readonly #jobs: Jobs
  #closing: Promise<void> | undefined
  #resolveClosed: () => void = () => undefined

  constructor(options: EngineRoomOptions) {
    const { id, post } = options
    this.id = id
    this.#options = options
    this.#jobs = new Jobs((job) => post({ do: 'stopRoom', room: id, job }))
    post({ do: 'openRoom', room: id })
  }

  join(leg: MediaLeg, { isMuted = false, isDeaf = false }: Partial<MemberSettings> = {}): MediaMember {
    let as: MemberSettings = { isMuted, isDeaf }
    const seat = this.#closing === undefined ? this.#options.seat(leg, as) : undefined
    if (seat === undefined) return nobody
    const change = (settings: Partial<MemberSettings>): void => {
      as = { ...as, ...settings }
      this.#options.post({ do: 'change', room: this.id, leg: seat.leg, as })
    }
    return { ...seat.job, change }
  }

  play(audio: Audio, times: number): MediaJob<How> {
    const { post } = this.#options
    return this.#jobs.begin((job) =>
      post({
        do: 'playRoom',
        room: this.id,
        job,
        samples: audio.samples,
        times: audio.endless ? Infinity : times,
      }),
    )
  }

  record(settings: RecordSettings): MediaJob<Recorded> {
    return this.#jobs.record((job) => this.#options.post({ do: 'recordRoom', room: this.id, job, settings }))
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#resolveClosed = resolve
      this.#jobs.close()
      this.#options.post({ do: 'closeRoom', room: this.id })
    })
    return this.#closing
  }

  /** The media thread has died. */
  lose(why: string): void {
    this.#closing ??= Promise.resolve()
    this.#end(why)
  }

  /** Takes in what the media thread says. */
  take(report: JobReport): void {
    if ('job' in report) this.#jobs.settle(report.job, report)
  }

  /** The media thread has closed it. */
  closed(): void {
    this.#end()
  }

  #end(why?: string): void {
    this.#jobs.fail(why)
    this.#options.gone()
    this.#resolveClosed()
  }
}
