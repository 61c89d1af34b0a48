import { join } from 'node:path'
import { asFailure, Failure, newId } from '../../base/index.ts'
import type { CallRecording, LegEvent, RecordCallOptions, Recording } from '../../call/index.ts'
import type { MediaCallRecording, MediaLeg } from './media-port.ts'
import { recordingEnd } from './recording.ts'

export interface CallRecordingsOptions {
  readonly recordingsDir: string
  /** Of the leg. */
  readonly ended: AbortSignal
  readonly media: () => Promise<MediaLeg>
  tell(event: LegEvent): void
}

/** What of a leg is recorded in the background. */
export class CallRecordings {
  readonly #options: CallRecordingsOptions
  /** Recordings that are not yet on disk, and what waits for them. */
  #unfinished = 0
  #whenRecorded: (() => void) | undefined

  constructor(options: CallRecordingsOptions) {
    this.#options = options
  }

  /** Calls `then` when everything recorded is on disk; at once when it is. */
  whenRecorded(then: () => void): void {
    if (this.#unfinished === 0) then()
    else this.#whenRecorded = then
  }

  /** See {@link Leg.recordCall}. */
  begin(options: RecordCallOptions): CallRecording {
    const id = newId()
    let job: MediaCallRecording | undefined
    let isMasked = false
    let isOver = false
    const begun = (begins: MediaCallRecording): void => {
      job = begins
      this.#options.tell({ type: 'call-recording.started', recordingId: id })
      if (isMasked) job.mask(true)
    }
    const mask = (masks: boolean): void => {
      if (isMasked === masks || isOver) return
      isMasked = masks
      this.#options.tell({ type: 'call-recording.masked', recordingId: id, isMasked })
      job?.mask(isMasked)
    }
    const done = this.#record(id, options, begun).finally(() => (isOver = true))
    return { id, done, mask: () => mask(true), unmask: () => mask(false) }
  }

  async #record(
    id: string,
    { signal, maxMs, channels, track = 'both', trim = false }: RecordCallOptions,
    begun: (job: MediaCallRecording) => void,
  ): Promise<Recording> {
    const media = await this.#media(signal)
    const path = join(this.#options.recordingsDir, `${id}.wav`)
    const job = media.recordCall({ path, maxMs, channels, track, trim })
    this.#unfinished++
    begun(job)
    const stop = (): void => job.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const { durationMs, hadSpeech, endedBy: why } = await job.done
      const endedBy = recordingEnd(why, undefined, undefined)
      this.#options.tell({ type: 'call-recording.ended', recordingId: id, durationMs, endedBy })
      return { id, path, durationMs, endedBy, key: undefined, hadSpeech }
    } catch (error) {
      this.#options.tell({ type: 'call-recording.ended', recordingId: id, durationMs: 0, endedBy: 'stopped' })
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
      if (--this.#unfinished === 0) this.#whenRecorded?.()
    }
  }

  async #media(signal: AbortSignal): Promise<MediaLeg> {
    const { ended, media } = this.#options
    ended.throwIfAborted()
    signal.throwIfAborted()
    try {
      return await media()
    } catch (error) {
      throw new Failure('RECORDING_FAILED', { problem: asFailure(error).message }, { cause: error })
    } finally {
      ended.throwIfAborted()
      signal.throwIfAborted()
    }
  }
}
