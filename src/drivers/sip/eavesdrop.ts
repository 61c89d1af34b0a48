import { unlessAborted } from '../../base/index.ts'
import type { BridgeEnd, EavesdropOptions } from '../../call/index.ts'
import type { EmbeddedLeg } from './leg.ts'
import type { MediaEngine } from './media-port.ts'

/** Lets one leg hear another one until one of them ends; see `Driver.eavesdrop`. */
export async function eavesdrop(
  engine: MediaEngine,
  listener: EmbeddedLeg,
  target: EmbeddedLeg,
  { signal, onListening }: EavesdropOptions,
): Promise<BridgeEnd> {
  signal.throwIfAborted()
  if (listener.ended.aborted) return 'a'
  if (target.ended.aborted) return 'b'
  const side = listener.join(signal, 'listening')
  try {
    const media = [side.media, unlessAborted(target.opening, target.ended)] as const
    const [own, tapped] = await Promise.all(media)
    const job = engine.eavesdrop(own, tapped)
    onListening?.({ speaksTo: (whom) => job.speaksTo(whom) })
    await unlessAborted(job.done, side.stop, target.ended).finally(job.stop)
    return 'b'
  } catch (error) {
    if (error === listener.ended.reason) return 'a'
    if (error === target.ended.reason) return 'b'
    throw error
  } finally {
    side.leave()
  }
}
