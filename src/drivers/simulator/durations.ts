import { Failure, unlessAborted, type Clock } from '../../base/index.ts'
import { nameOf, type MediaSource } from '../../call/index.ts'

/** Milliseconds that a source lasts; Infinity when it never ends by itself. @throws MEDIA_NOT_FOUND */
export type DurationOf = (source: MediaSource) => number

const speechMsPerCharacter = 60
const shortestSpeechMs = 300
const recordingMs = 2_000

/**
 * Durations as a simulated caller finds them: those of `table`, by the source's name, else what such a source usually
 * lasts. `missing` media cannot be played.
 */
export function durations(table: ReadonlyMap<string, number | 'missing'> = new Map()): DurationOf {
  return (source) => {
    const name = nameOf(source)
    const known = table.get(name)
    if (known === 'missing') throw new Failure('MEDIA_NOT_FOUND', { source: name })
    return known ?? usualMs(source)
  }
}

function usualMs(source: MediaSource): number {
  switch (source.kind) {
    case 'speech':
      return Math.max(shortestSpeechMs, source.text.length * speechMsPerCharacter)
    case 'tone':
      return toneMs(source.spec)
    case 'silence':
      return source.ms < 0 ? Infinity : source.ms
    case 'prompt':
      return source.name === 'music-on-hold' ? Infinity : recordingMs
    case 'stored':
    case 'url':
    case 'recording':
      return recordingMs
  }
}

/** What a TGML spec lasts: the on and off times of its parts, as often as it loops (FreeSWITCH tone_stream). */
function toneMs(spec: string): number {
  const loops = Number(/(?:^|[;,])\s*loops\s*=\s*(-?\d+)/i.exec(spec)?.[1] ?? 1)
  if (loops < 0) return Infinity
  let onceMs = 0
  for (const [, on, off] of spec.matchAll(/%\(\s*(\d+)\s*,\s*(\d+)/g)) onceMs += Number(on) + Number(off)
  return onceMs * Math.max(1, loops)
}

/** Lets `ms` milliseconds pass; Infinity ends only with the signal. */
export async function pass(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (Number.isFinite(ms)) await clock.sleep(ms, signal)
  else await unlessAborted(new Promise<never>(() => undefined), signal)
}
