import { Failure, unlessAborted } from '../../base/index.ts'
import { mostEavesdroppers, type BridgeEnd, type EavesdropOptions, type Leg } from '../../call/index.ts'
import { goneOf } from './bridge.ts'
import type { Company } from './foreground.ts'
import { SimulatedLeg, type Listener } from './leg.ts'

/** What somebody hears who listens to a leg. */
const audienceOf = (target: SimulatedLeg): Company => ({
  voices: () => [...(target.isHeard ? [target] : []), ...target.foreground.company.voices()],
  sounds: () => target.foreground.company.sounds(),
})

/**
 * Lets one simulated leg hear another one: see {@link Driver.eavesdrop}.
 *
 * @throws EAVESDROP_UNSUPPORTED for legs of other drivers
 */
export async function eavesdropSimulated(
  listener: Leg,
  target: Leg,
  { signal, onListening }: EavesdropOptions,
): Promise<BridgeEnd> {
  if (!(listener instanceof SimulatedLeg && target instanceof SimulatedLeg)) {
    throw new Failure('EAVESDROP_UNSUPPORTED', { driver: 'simulator' })
  }
  signal.throwIfAborted()
  const gone = goneOf(listener, target)
  if (gone !== undefined) return gone
  await listener.earlyMedia()
  if (target.listeners.size >= mostEavesdroppers) return 'b'
  const over = new AbortController()
  const leave = listener.foreground.join(audienceOf(target), 'listening', over)
  const listening: Listener = { leg: listener, speaksTo: 'nobody' }
  target.listeners.add(listening)
  onListening?.({ speaksTo: (whom) => void (listening.speaksTo = whom) })
  try {
    return await unlessAborted(new Promise<never>(() => undefined), signal, over.signal, target.ended)
  } catch (error) {
    const end = goneOf(listener, target)
    if (end === undefined) throw error
    return end
  } finally {
    target.listeners.delete(listening)
    leave()
  }
}
