import { Failure, newId, type Clock } from '../../base/index.ts'
import {
  mostCallRecordings,
  Replaced,
  type CallRecording,
  type LegEvent,
  type RecordCallOptions,
  type Recording,
  type RecordingEnd,
} from '../../call/index.ts'
import type { Voice } from './voice.ts'

interface CallRecordingsOptions {
  readonly clock: Clock
  readonly voice: Voice
  /** Of the leg. */
  readonly ended: AbortSignal
  readonly tell: (event: LegEvent) => void
  /** When there was a way for sound. */
  readonly audibleAt: () => number | undefined
}

interface RunningCallRecording {
  end(endedBy: RecordingEnd): void
}

/** What is recorded of a leg in the background. */
export class CallRecordings {
  readonly #options: CallRecordingsOptions
  readonly #running = new Set<RunningCallRecording>()

  constructor(options: CallRecordingsOptions) {
    this.#options = options
  }

  /** See {@link Leg.recordCall}. */
  begin({ signal, maxMs }: RecordCallOptions): CallRecording {
    const { clock, voice, ended, tell, audibleAt } = this.#options
    const id = newId()
    let isMasked = false
    const mask = (masks: boolean): void => {
      if (isMasked === masks || !this.#running.has(running)) return
      isMasked = masks
      tell({ type: 'call-recording.masked', recordingId: id, isMasked })
    }
    const running: RunningCallRecording = { end: () => undefined }
    const done = new Promise<Recording>((resolve, reject) => {
      if (ended.aborted || signal.aborted) {
        reject((ended.aborted ? ended : signal).reason as Error)
        return
      }
      if (this.#running.size >= mostCallRecordings) {
        reject(new Failure('RECORDING_FAILED', { problem: 'too many recordings of one leg' }))
        return
      }
      const from = clock.now()
      const over = new AbortController()
      const stop = (): void => running.end('stopped')
      running.end = (endedBy) => {
        if (!this.#running.delete(running)) return
        over.abort(new Replaced('recorded'))
        signal.removeEventListener('abort', stop)
        const durationMs = Math.min(maxMs, clock.now() - Math.max(from, audibleAt() ?? Infinity))
        const recording = { id, path: undefined, durationMs: Math.max(0, durationMs), endedBy, key: undefined }
        tell({ type: 'call-recording.ended', recordingId: id, durationMs: recording.durationMs, endedBy })
        resolve({ ...recording, hadSpeech: voice.since(from) !== undefined })
      }
      this.#running.add(running)
      tell({ type: 'call-recording.started', recordingId: id })
      signal.addEventListener('abort', stop, { once: true })
      clock.sleep(maxMs, over.signal).then(
        () => running.end('limit'),
        () => undefined,
      )
    })
    return { id, done, mask: () => mask(true), unmask: () => mask(false) }
  }

  /** Ends all of them, as the leg does. */
  end(): void {
    for (const recording of [...this.#running]) recording.end('hangup')
  }
}
