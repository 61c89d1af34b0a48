import { Failure, unlessAborted } from '../../base/index.ts'
import type { BridgeEnd, BridgeOptions, Leg } from '../../call/index.ts'
import type { Company } from './foreground.ts'
import { SimulatedLeg } from './leg.ts'

/**
 * Joins two simulated legs: see {@link Driver.bridge}.
 *
 * @throws DIAL_UNSUPPORTED for legs of other drivers
 */
export async function bridgeSimulated(a: Leg, b: Leg, { signal, holdMusic = {} }: BridgeOptions): Promise<BridgeEnd> {
  if (!(a instanceof SimulatedLeg && b instanceof SimulatedLeg)) {
    throw new Failure('DIAL_UNSUPPORTED', { driver: 'simulator' })
  }
  signal.throwIfAborted()
  const gone = goneOf(a, b)
  if (gone !== undefined) return gone
  await a.earlyMedia()
  const over = new AbortController()
  const leaves = [
    a.foreground.join(companyOf(b), 'a bridge', over, holdMusic.b),
    b.foreground.join(companyOf(a), 'a bridge', over, holdMusic.a),
  ]
  for (const leg of [a, b]) leg.foreground.hearHold()
  try {
    return await unlessAborted(new Promise<never>(() => undefined), signal, over.signal)
  } catch (error) {
    const end = goneOf(a, b)
    if (end === undefined) throw error
    return end
  } finally {
    for (const leave of leaves) leave()
  }
}

/** Each hears the other, and who speaks to them by the other, as soon as both can hear and be heard. */
const companyOf = (partner: SimulatedLeg): Company => ({
  voices: () => [...partner.spokenBy('other'), ...(partner.isHeard ? [partner] : [])],
  sounds: () => [],
  partner: partner.foreground,
})

/** Which of two legs has ended. */
export function goneOf(a: Leg, b: Leg): BridgeEnd | undefined {
  if (a.ended.aborted) return 'a'
  return b.ended.aborted ? 'b' : undefined
}
