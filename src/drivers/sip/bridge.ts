import { unlessAborted } from '../../base/index.ts'
import { Replaced, type AudioLibrary, type BridgeEnd, type BridgeOptions, type Digit } from '../../call/index.ts'
import type { Side } from './foreground.ts'
import { playOnHold } from './hold-music.ts'
import type { EmbeddedLeg } from './leg.ts'
import type { MediaBridge, MediaEngine, MediaLeg } from './media-port.ts'

/** How long a key that came by INFO is heard on the other side. */
const keyMs = 160
/** Keys that wait to be passed on; of a flood, the rest is dropped. */
const mostKeys = 32

/**
 * Joins two legs until one of them ends; see `Driver.bridge`. Sound and telephone-events go across in the media thread,
 * keys that come by INFO from here.
 */
export async function bridge(
  { engine, audio }: { readonly engine: MediaEngine; readonly audio: AudioLibrary },
  a: EmbeddedLeg,
  b: EmbeddedLeg,
  { signal, holdMusic = {} }: BridgeOptions,
): Promise<BridgeEnd> {
  signal.throwIfAborted()
  if (a.ended.aborted) return 'a'
  if (b.ended.aborted) return 'b'
  const sides = [a.join(signal, 'a bridge'), b.join(signal, 'a bridge')] as const
  try {
    await joined(engine, sides, (media) => {
      const [{ stop: stopA }, { stop: stopB }] = sides
      const music = [
        { holder: a, hearer: b, heardBy: 'b', source: holdMusic.a, stop: stopB },
        { holder: b, hearer: a, heardBy: 'a', source: holdMusic.b, stop: stopA },
      ] as const
      return music.flatMap(({ source, heardBy, ...parties }) => {
        if (source === undefined) return []
        return playOnHold({ ...parties, source, audio, bring: (music) => media.holdMusic(heardBy, music) })
      })
    })
    throw new Replaced('other sound')
  } catch (error) {
    if (error === a.ended.reason) return 'a'
    if (error === b.ended.reason) return 'b'
    throw error
  } finally {
    for (const side of sides) side.leave()
  }
}

/** Resolves when the media ends it, rejects with what ends it on either side. */
async function joined(
  engine: MediaEngine,
  [a, b]: readonly [Side, Side],
  prepareMusic: (media: MediaBridge) => readonly (() => void)[],
): Promise<void> {
  const [mediaA, mediaB] = await Promise.all([a.media, b.media])
  const job = engine.bridge(mediaA, mediaB)
  a.passKeys(keysTo(mediaB))
  b.passKeys(keysTo(mediaA))
  const music = prepareMusic(job)
  try {
    await unlessAborted(job.done, a.stop, b.stop)
  } finally {
    for (const end of music) end()
    job.stop()
  }
}

/** Sends keys one after another. */
function keysTo(media: MediaLeg): (key: Digit) => void {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return (key) => {
    if (waiting === mostKeys) return
    waiting++
    last = last
      .then(() => media.sendDigits(key, keyMs).done)
      .catch(() => undefined)
      .finally(() => waiting--)
  }
}
