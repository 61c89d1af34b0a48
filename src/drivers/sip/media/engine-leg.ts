import { isDigit, type Audio } from '../../../call/index.ts'
import {
  noStats,
  type CallRecordSettings,
  type Law,
  type MediaAgreement,
  type MediaCallRecording,
  type MediaJob,
  type MediaLeg,
  type MediaListener,
  type MediaStats,
  type Recorded,
  type RecordSettings,
} from '../media-port.ts'
import { Jobs, type How } from './jobs.ts'
import type { Prompts } from './prompts.ts'
import type { Command, JobReport } from './protocol.ts'

export interface EngineLegOptions {
  readonly id: number
  readonly post: (command: Command) => void
  readonly prompts: Prompts
  readonly listener: MediaListener
  /** Called when the leg's port is free again. */
  readonly gone: () => void
}

/** The control thread's end of a media leg: commands go to the media thread, reports settle what waits for them. */
export class EngineLeg implements MediaLeg {
  readonly id: number
  readonly #post: (command: Command) => void
  readonly #prompts: Prompts
  readonly #listener: MediaListener
  readonly #gone: () => void
  readonly #jobs = new Jobs((job) => this.#post({ do: 'stop', leg: this.id, job }))
  #port = 0
  #law: Law = 'pcmu'
  #playing: { readonly job: number; readonly audio: Audio } | undefined
  #opening: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #closing: Promise<MediaStats> | undefined
  #closed: (stats: MediaStats) => void = () => undefined

  constructor({ id, post, prompts, listener, gone }: EngineLegOptions) {
    this.id = id
    this.#post = post
    this.#prompts = prompts
    this.#listener = listener
    this.#gone = gone
  }

  get port(): number {
    return this.#port
  }

  /** It has not been told to close. */
  get isOpen(): boolean {
    return this.#closing === undefined
  }

  /** Binds the port. Rejects with the system's error. */
  open(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.#post({ do: 'open', leg: this.id, host, port })
    })
  }

  /** For a leg that could not be opened. */
  forget(): void {
    this.#gone()
  }

  agree(agreement: MediaAgreement): void {
    this.#post({ do: 'agree', leg: this.id, agreement })
    if (this.#law === agreement.law) return
    this.#law = agreement.law
    if (this.#playing === undefined) return
    const { job, audio } = this.#playing
    this.#post({ do: 'swap', leg: this.id, job, sound: this.#prompts.encoded(audio, this.#law) })
  }

  play(audio: Audio, times: number): MediaJob<How> {
    return this.#jobs.begin((job) => {
      this.#playing = { job, audio }
      const sound = this.#prompts.encoded(audio, this.#law)
      this.#post({ do: 'play', leg: this.id, job, sound, times: audio.endless ? Infinity : times })
    })
  }

  sendDigits(digits: string, durationMs: number): MediaJob<How> {
    return this.#jobs.begin((job) => this.#post({ do: 'press', leg: this.id, job, keys: digits, durationMs }))
  }

  /** Something that the leg takes part in. `post` gives the command for it. */
  takePart(post: (leg: number, job: number) => void): MediaJob<'stopped'> {
    const { done, stop } = this.#jobs.begin((job) => post(this.id, job))
    return { done: done.then(() => 'stopped'), stop }
  }

  record(settings: RecordSettings): MediaJob<Recorded> {
    return this.#jobs.record((job) => this.#post({ do: 'record', leg: this.id, job, settings }))
  }

  recordCall(settings: CallRecordSettings): MediaCallRecording {
    let own = 0
    const recording = this.#jobs.record((job) => {
      own = job
      this.#post({ do: 'recordCall', leg: this.id, job, settings })
    })
    return { ...recording, mask: (isMasked) => this.#post({ do: 'mask', leg: this.id, job: own, isMasked }) }
  }

  async stats(): Promise<MediaStats> {
    if (this.#closing !== undefined) return this.#closing
    const report = await this.#jobs.ask((job) => this.#post({ do: 'count', leg: this.id, job }))
    return report?.is === 'counted' ? report.stats : noStats
  }

  close(): Promise<MediaStats> {
    this.#closing ??= new Promise((resolve) => {
      this.#closed = resolve
      this.#jobs.close()
      this.#post({ do: 'close', leg: this.id })
    })
    return this.#closing
  }

  /** The media thread has died: nothing that was going on will be over by itself. */
  lose(why: string): void {
    this.#opening?.reject(new Error(why))
    this.#opening = undefined
    this.#jobs.fail(why)
    this.#end(noStats)
    this.#closing ??= Promise.resolve(noStats)
    this.#listener.lost()
  }

  /** Takes in what the media thread says. */
  take(report: JobReport): void {
    switch (report.is) {
      case 'opened':
        this.#port = report.port
        this.#opening?.resolve()
        this.#opening = undefined
        return
      case 'unopened':
        this.#opening?.reject(Object.assign(new Error(report.problem), { code: report.code }))
        this.#opening = undefined
        return
      case 'key':
        if (isDigit(report.key)) this.#listener.digit(report.key, report.durationMs)
        return
      case 'inactive':
        this.#listener.inactive()
        return
      case 'closed':
        this.#end(report.stats)
        return
      case 'over':
      case 'recorded':
      case 'failed':
      case 'counted':
        if (this.#playing?.job === report.job) this.#playing = undefined
        this.#jobs.settle(report.job, report)
    }
  }

  #end(stats: MediaStats): void {
    this.#jobs.fail()
    this.#gone()
    this.#closed(stats)
  }
}
