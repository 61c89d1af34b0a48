import { Failure } from '../base/index.ts'
import { nameOf, type MediaSource } from '../call/index.ts'
import type { LegMemory } from '../drivers/simulator/index.ts'
import { mediaName, type RecordedEvent } from './event.ts'
import type { Timeline } from './timeline.ts'

const unheardMs = 100

/** What the caller of a recording heard and said, as the timeline has it ahead. */
export function memoryOf(timeline: () => Timeline): LegMemory {
  const untilNext = (isIt: (event: RecordedEvent) => boolean): number => {
    const found = timeline().find(isIt)
    return found === undefined ? Infinity : timeline().msUntil(found.event.atMs)
  }
  const isOf = (source: MediaSource) => {
    const name = nameOf(source)
    return (event: RecordedEvent): boolean =>
      (event.type === 'media.started' || event.type === 'media.failed') && mediaName(event.media) === name
  }
  return {
    preparedMs: () => untilNext(({ type }) => type === 'leg.answered' || type === 'leg.ended'),
    readyMs(source) {
      const ms = untilNext(isOf(source))
      // What was not heard was stopped before it was there, by what comes next; or something else was heard then.
      const { next } = timeline()
      return Number.isFinite(ms) || next === undefined ? ms : timeline().msUntil(next.event.atMs) + unheardMs
    },
    playedMs(source) {
      const begun = timeline().find(isOf(source))?.event
      if (begun?.type === 'media.failed') throw failureOf(begun.code, nameOf(source))
      if (begun === undefined) return Infinity
      const name = nameOf(source)
      const ended = timeline().find(
        (event) => event.type === 'media.ended' && event.sequence > begun.sequence && mediaName(event.media) === name,
      )?.event
      return ended?.type === 'media.ended' && ended.how === 'finished' ? timeline().msUntil(ended.atMs) : Infinity
    },
    recorded() {
      const ended = timeline().find(({ type }) => type === 'recording.ended')?.event
      if (ended?.type !== 'recording.ended') return undefined
      const { durationMs, endedBy, hadSpeech = durationMs > 0 } = ended
      return { silentMs: endedBy === 'silence' ? timeline().msUntil(ended.atMs) : Infinity, durationMs, hadSpeech }
    },
  }
}

/** Why media were not played: what the flow makes of it does not depend on the details. */
function failureOf(code: string, source: string): Failure {
  switch (code) {
    case 'MEDIA_DECODE':
      return new Failure(code, { source, problem: 'as recorded' })
    case 'MEDIA_UNAVAILABLE':
      return new Failure(code, { source, reason: 'as recorded' })
    case 'MEDIA_TOO_LONG':
      return new Failure(code, { source, mostMs: 0 })
    case 'SPEECH_FAILED':
      return new Failure(code, { provider: 'as recorded', problem: source })
    case 'SPEECH_UNAVAILABLE':
      return new Failure(code, { language: 'as recorded' })
    case 'RTP_PORTS_EXHAUSTED':
      return new Failure(code, { first: 0, last: 0 })
    default:
      return new Failure('MEDIA_NOT_FOUND', { source })
  }
}
