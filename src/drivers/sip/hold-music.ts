import { asFailure } from '../../base/index.ts'
import type { Audio, AudioLibrary, MediaSource } from '../../call/index.ts'
import type { EmbeddedLeg } from './leg.ts'

export interface HoldMusicOptions {
  readonly holder: EmbeddedLeg
  /** Who waits meanwhile. */
  readonly hearer: EmbeddedLeg
  readonly source: MediaSource
  readonly audio: AudioLibrary
  /** Aborts when the hearer leaves the bridge. */
  readonly stop: AbortSignal
  /** Gives the media what is heard during every hold from now on. */
  readonly bring: (music: Audio) => void
}

/**
 * Music for who waits. It is fetched at the first hold, because most calls have none, and told of like anything else that
 * is heard.
 *
 * @returns ends it
 */
export function playOnHold({ holder, hearer, source, audio, stop, bring }: HoldMusicOptions): () => void {
  let music: Promise<void> | undefined
  let isOver = stop.aborted
  let isHeard = false
  const begin = async (): Promise<void> => {
    music ??= audio.open(source, stop).then(bring)
    await music
    if (isOver || isHeard || !holder.isHeld) return
    isHeard = true
    hearer.tell({ type: 'media.started', media: source })
  }
  const end = (): void => {
    if (isHeard) hearer.tell({ type: 'media.ended', media: source, how: 'stopped' })
    isHeard = false
  }
  const fail = (error: unknown): void => {
    if (!isOver) hearer.tell({ type: 'media.failed', media: source, code: asFailure(error).code })
  }
  const onHold = (): void => {
    if (holder.isHeld) begin().catch(fail)
    else end()
  }
  const unfollow = holder.onHold(onHold)
  const leave = (): void => {
    isOver = true
    unfollow()
    stop.removeEventListener('abort', leave)
    end()
  }
  stop.addEventListener('abort', leave)
  onHold()
  return leave
}
