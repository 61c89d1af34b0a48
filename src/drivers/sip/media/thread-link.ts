import type { MessagePort } from 'node:worker_threads'
import { Batch } from '../../../base/index.ts'
import type { KeyHeard } from '../../../rtp/index.ts'
import type { Hearer } from './voice.ts'

/** What is told to somebody in another thread. */
type Saying =
  | { readonly is: 'sound'; readonly timestamp: number; readonly samples: Int16Array }
  | { readonly is: 'key'; readonly heard: KeyHeard }
  | { readonly is: 'hold'; readonly isHeld: boolean }

/**
 * Tells everything to whoever listens at the other end of `port`. What one turn of the event loop brings goes together:
 * waking the other thread is what a message costs.
 */
export function tellAcross(port: MessagePort): Hearer {
  const sayings = new Batch<Saying>((all) => port.postMessage(all))
  return {
    hear: (timestamp, samples) => sayings.add({ is: 'sound', timestamp, samples: samples.slice() }),
    key: (heard) => sayings.add({ is: 'key', heard }),
    hold: (isHeld) => sayings.add({ is: 'hold', isHeld }),
    close: () => {
      sayings.flush()
      port.close()
    },
  }
}

/** Lets `hearer` hear what is told at the other end of `port`, until that is closed or its thread dies. */
export function hearAcross(port: MessagePort, hearer: Hearer): void {
  port.on('message', (all: readonly Saying[]) => {
    for (const saying of all) tell(hearer, saying)
  })
  port.once('close', () => hearer.close())
}

function tell(hearer: Hearer, saying: Saying): void {
  if (saying.is === 'sound') hearer.hear(saying.timestamp, saying.samples)
  else if (saying.is === 'key') hearer.key(saying.heard)
  else hearer.hold(saying.isHeld)
}
