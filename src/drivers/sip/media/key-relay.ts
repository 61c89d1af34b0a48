import { eventOfKey, type KeyHeard } from '../../../rtp/index.ts'
import { endRepeats, gapFrames, mostFrames, volume, type KeyFrame } from './key-sender.ts'
import { frameSamples } from './protocol.ts'

interface Press {
  readonly event: number
  /** How many frames it has been down, by what was heard last. */
  heard: number
  /** Frames that were sent of it. */
  frame: number
  /** How many frames it lasts; undefined while it is down. */
  frames: number | undefined
  /** Frames since it was last heard of. */
  unheard: number
}

/** Keys that wait while one is sent; who presses faster is not a person. */
const mostWaiting = 32
/** A key that is not heard of for so long is up, and its end was lost: senders report every 20 to 50 ms. */
const mostUnheard = 8
/** What some receivers take for noise is made longer: 60 ms. */
const leastFrames = 3

/**
 * Presses the keys that somebody else presses, while they press them: by our own clock, each from when it was first
 * heard of and as long as it was down.
 */
export class KeyRelay {
  readonly #presses: Press[] = []

  /** Takes in what was heard. */
  hear({ key, isNew, durationSamples, isEnd }: KeyHeard): void {
    const event = eventOfKey(key)
    if (event === undefined) return
    if (isNew && this.#presses.length < mostWaiting) {
      this.#end(this.#presses.at(-1))
      this.#presses.push({ event, heard: 0, frame: 0, frames: undefined, unheard: 0 })
    }
    const press = this.#presses.at(-1)
    if (press?.event !== event) return
    press.unheard = 0
    press.heard = Math.ceil(durationSamples / frameSamples)
    if (isEnd) this.#end(press)
  }

  /** What is sent of them in the next frame. */
  next(): KeyFrame {
    for (const waiting of this.#presses) if (++waiting.unheard > mostUnheard) this.#end(waiting)
    const [press] = this.#presses
    if (press === undefined) return 'audio'
    press.frame++
    const frames = press.frames ?? mostFrames
    const pressed = Math.min(press.frame, frames)
    if (press.frame >= frames + endRepeats + gapFrames) this.#presses.shift()
    if (press.frame > frames + endRepeats) return 'audio'
    const report = { event: press.event, isEnd: press.frame >= frames, volume, duration: pressed * frameSamples }
    return { report, isFirst: press.frame === 1, isRepeat: press.frame > frames }
  }

  /** It is up; an end that is told again changes nothing. */
  #end(press: Press | undefined): void {
    if (press === undefined) return
    press.frames ??= Math.min(mostFrames, Math.max(leastFrames, press.heard, press.frame + 1))
  }
}
