import { mostCallRecordings, mostEavesdroppers, type Whisper } from '../../../call/index.ts'
import { decodeG711, encodeG711, Mixer } from '../../../media/index.ts'
import type { CallRecordSettings, Law, Recorded } from '../media-port.ts'
import { CallRecorder } from './call-recorder.ts'
import { Eavesdropper } from './eavesdropper.ts'
import { frameSamples, type Report } from './protocol.ts'
import type { Recordings } from './recordings.ts'
import { Voice, type Hearer } from './voice.ts'

/** What a leg is about to hear. */
export interface TappedFrame {
  readonly frame: number
  /** Frames since the last one. */
  readonly passed: number
  readonly nowMs: number
  /** Undefined when it hears nothing. Those who speak to the leg are added here. */
  readonly sent: Uint8Array | undefined
  readonly law: Law
}

/**
 * Who follows a leg without being part of what it does: recordings of the call, and people who listen in. What the leg
 * says comes packet by packet, what it hears frame by frame.
 */
export class Taps {
  readonly #leg: number
  readonly #recordings: Recordings
  readonly #report: (report: Report) => void
  readonly #recorders = new Map<number, CallRecorder>()
  readonly #eavesdroppers = new Map<number, Eavesdropper>()
  readonly #mixer = new Mixer(frameSamples)
  readonly #linear = new Int16Array(frameSamples)
  /** What the leg says, while somebody speaks to its other party with it. */
  #voice: Voice | undefined

  constructor(leg: number, recordings: Recordings, report: (report: Report) => void) {
    this.#leg = leg
    this.#recordings = recordings
    this.#report = report
  }

  get isEmpty(): boolean {
    return this.#recorders.size === 0 && this.#eavesdroppers.size === 0
  }

  /** What the leg says is told to its other party by {@link sayTo}, not packet by packet. */
  get speaksForLeg(): boolean {
    return this.#voice !== undefined
  }

  record(job: number, settings: CallRecordSettings): void {
    if (this.#recorders.size < mostCallRecordings) this.#recorders.set(job, new CallRecorder(job, settings))
    else this.#report({ is: 'failed', leg: this.#leg, job, problem: 'too many recordings of one leg' })
  }

  mask(job: number, isMasked: boolean): void {
    const recorder = this.#recorders.get(job)
    if (recorder !== undefined) recorder.isMasked = isMasked
  }

  /** Somebody listens from now on, and hears by `ear`. @returns where what they say goes; undefined when there are too many */
  listen(job: number, ear: Hearer): Hearer | undefined {
    if (this.#eavesdroppers.size >= mostEavesdroppers) {
      this.#isOver(job)
      return undefined
    }
    const eavesdropper = new Eavesdropper(job, ear, () => this.#endListening(job))
    this.#eavesdroppers.set(job, eavesdropper)
    return eavesdropper.voice
  }

  speaksTo(job: number, whom: Whisper): void {
    const eavesdropper = this.#eavesdroppers.get(job)
    if (eavesdropper === undefined) return
    eavesdropper.speaksTo = whom
    this.#changed()
  }

  /** Stops a job that is still going on. */
  stop(job: number): void {
    this.#endRecording(job, 'stopped')
    this.#endListening(job)
  }

  /** The leg is gone. */
  close(): void {
    for (const job of this.#recorders.keys()) this.#endRecording(job, 'closed')
    for (const job of this.#eavesdroppers.keys()) this.#endListening(job)
  }

  /** Takes in what the leg says. */
  hear(timestamp: number, samples: Int16Array, nowMs: number): void {
    this.#voice?.hear(timestamp, samples)
    for (const recorder of this.#recorders.values()) recorder.hear(timestamp, samples, nowMs)
    for (const eavesdropper of this.#eavesdroppers.values()) eavesdropper.hear(timestamp, samples)
  }

  /** Lets a frame pass: who listens hears it and adds to it what they say, and that is what is recorded. */
  tick({ frame, passed, sent, law, nowMs }: TappedFrame): void {
    if (this.isEmpty) return
    const heard = sent === undefined ? undefined : decodeG711(sent, law, this.#linear)
    for (const eavesdropper of this.#eavesdroppers.values()) eavesdropper.tick(frame, heard)
    if (sent !== undefined && this.#add(this.#linear, 'target')) encodeG711(this.#linear, law, sent)
    for (const [job, recorder] of this.#recorders) {
      const endedBy = recorder.tick(passed, heard, nowMs)
      if (endedBy !== undefined || recorder.problem !== undefined) this.#endRecording(job, endedBy ?? 'stopped')
    }
  }

  /** Fills `frame` with what the leg's other party is to hear: the leg and who speaks with it. To be called once a frame. */
  sayTo(frame: Int16Array): void {
    if (this.#voice?.next(frame) !== true) frame.fill(0)
    this.#add(frame, 'other')
  }

  /** Adds what is said to one of the two. @returns whether anything was */
  #add(frame: Int16Array, whom: 'target' | 'other'): boolean {
    let isSaid = false
    for (const eavesdropper of this.#eavesdroppers.values()) {
      const said = eavesdropper.saysTo(whom)
      if (said === undefined) continue
      if (!isSaid) {
        this.#mixer.begin()
        this.#mixer.add(frame)
      }
      this.#mixer.add(said)
      isSaid = true
    }
    if (!isSaid) return false
    this.#mixer.settle()
    this.#mixer.write(frame)
    return true
  }

  #endRecording(job: number, endedBy: Recorded['endedBy']): void {
    const recorder = this.#recorders.get(job)
    if (recorder === undefined) return
    this.#recorders.delete(job)
    this.#recordings.end(recorder, endedBy)
  }

  #endListening(job: number): void {
    const eavesdropper = this.#eavesdroppers.get(job)
    if (eavesdropper === undefined) return
    this.#eavesdroppers.delete(job)
    this.#changed()
    eavesdropper.close()
    this.#isOver(job)
  }

  #changed(): void {
    const isSpoken = [...this.#eavesdroppers.values()].some(
      ({ speaksTo }) => speaksTo === 'other' || speaksTo === 'both',
    )
    if (!isSpoken) this.#voice = undefined
    else this.#voice ??= new Voice(() => undefined)
  }

  #isOver(job: number): void {
    this.#report({ is: 'over', leg: this.#leg, job, how: 'stopped' })
  }
}
