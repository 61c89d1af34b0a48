import { unlessAborted } from '../../base/index.ts'
import { Replaced, type BridgeEnd, type Digit } from '../../call/index.ts'
import type { Side } from './foreground.ts'
import type { EmbeddedLeg } from './leg.ts'
import type { MediaEngine, MediaLeg } from './media-port.ts'

/** How long a key that came by INFO is heard on the other side. */
const keyMs = 160
/** Keys that wait to be passed on; of a flood, the rest is dropped. */
const mostKeys = 32

/**
 * Joins two legs until one of them ends; see `Driver.bridge`. Sound and telephone-events go across in the media thread,
 * keys that come by INFO from here.
 */
export async function bridge(
  engine: MediaEngine,
  a: EmbeddedLeg,
  b: EmbeddedLeg,
  signal: AbortSignal,
): Promise<BridgeEnd> {
  signal.throwIfAborted()
  if (a.ended.aborted) return 'a'
  if (b.ended.aborted) return 'b'
  const sides = [a.join(signal, 'a bridge'), b.join(signal, 'a bridge')] as const
  try {
    await joined(engine, sides)
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
async function joined(engine: MediaEngine, [a, b]: readonly [Side, Side]): Promise<void> {
  const [mediaA, mediaB] = await Promise.all([a.media, b.media])
  const job = engine.bridge(mediaA, mediaB)
  a.passKeys(keysTo(mediaB))
  b.passKeys(keysTo(mediaA))
  try {
    await unlessAborted(job.done, a.stop, b.stop)
  } finally {
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
