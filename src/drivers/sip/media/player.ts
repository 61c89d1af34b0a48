/** A cursor in a sound that others may be hearing as well. */
export class Player<Sound extends Uint8Array | Int16Array = Uint8Array> {
  readonly job: number
  #sound: Sound
  #timesLeft: number
  #cursor = 0

  constructor(job: number, sound: Sound, times: number) {
    this.job = job
    this.#sound = sound
    this.#timesLeft = sound.length === 0 ? 0 : times
  }

  get isOver(): boolean {
    return this.#timesLeft <= 0
  }

  /** The same in another law. */
  swap(sound: Sound): void {
    this.#sound = sound
  }

  /** Fills `frame` with what comes next, without a gap between repetitions; what is left of it with `silence`. */
  next(frame: Sound, silence: number): void {
    for (let i = 0; i < frame.length; i++) {
      if (this.#timesLeft <= 0) {
        frame.fill(silence, i)
        return
      }
      frame[i] = this.#sound[this.#cursor++] ?? silence
      if (this.#cursor >= this.#sound.length) {
        this.#cursor = 0
        this.#timesLeft--
      }
    }
  }
}
