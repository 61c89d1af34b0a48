/**
 * A change of sample rate by a windowed sinc, cut into phases: sound comes in as it is decoded and leaves at the new
 * rate, without aliases (below -70 dB from 4 kHz on) and without a copy of the whole.
 */
export class Resampler {
  readonly #up: number
  readonly #down: number
  readonly #half: number
  readonly #phases: readonly Float32Array[]
  /** Input not yet used up; `#begin` is the index of its first sample in the whole input (which has silence in front). */
  #input: Float32Array
  #begin: number
  #taken = 0
  #given = 0

  constructor(fromHz: number, toHz: number) {
    const [up, down] = ratio(toHz, fromHz)
    this.#up = up
    this.#down = down
    const kernel = kernelFor(fromHz, toHz, up)
    this.#half = kernel.half
    this.#phases = kernel.phases
    this.#input = new Float32Array(kernel.half)
    this.#begin = -kernel.half
  }

  /** Takes more sound; gives what is ready. */
  push(samples: Float32Array): Float32Array {
    this.#taken += samples.length
    const input = new Float32Array(this.#input.length + samples.length)
    input.set(this.#input)
    input.set(samples, this.#input.length)
    this.#input = input
    // The last output whose kernel lies within what has come.
    const upTo = Math.ceil(((this.#taken - this.#half) * this.#up) / this.#down)
    return this.#give(upTo)
  }

  /** Gives the rest. */
  finish(): Float32Array {
    const missing = Math.round((this.#taken * this.#up) / this.#down)
    const padded = new Float32Array(this.#input.length + this.#half + 1)
    padded.set(this.#input)
    this.#input = padded
    return this.#give(missing)
  }

  #give(upTo: number): Float32Array {
    const output = new Float32Array(Math.max(0, upTo - this.#given))
    const taps = 2 * this.#half
    for (let i = 0; i < output.length; i++) {
      const position = (this.#given + i) * this.#down
      const centre = Math.floor(position / this.#up)
      const kernel = this.#phases[position % this.#up] ?? this.#input
      const from = centre - this.#half + 1 - this.#begin
      let sum = 0
      for (let tap = 0; tap < taps; tap++) sum += (kernel[tap] ?? 0) * (this.#input[from + tap] ?? 0)
      output[i] = sum
    }
    this.#given += output.length
    this.#forget()
    return output
  }

  #forget(): void {
    const needed = Math.floor((this.#given * this.#down) / this.#up) - this.#half + 1
    const unused = Math.min(needed - this.#begin, this.#input.length)
    if (unused <= 0) return
    this.#input = this.#input.slice(unused)
    this.#begin += unused
  }
}

interface Kernel {
  /** Input samples on each side of an output sample. */
  readonly half: number
  /** For each place that an output sample can have between two input samples. */
  readonly phases: readonly Float32Array[]
}

/** Kaiser's formula: attenuation of 75 dB, and from 7/8 of the lower rate's half to all of it the way down. */
const attenuationDb = 75
const passed = 7 / 8
const mostPhases = 512
const mostKernels = 16
const mostWeightsKept = 250_000

/** The rates of real files are few: their kernels are kept. */
const kernels = new Map<string, Kernel>()

function kernelFor(fromHz: number, toHz: number, up: number): Kernel {
  const name = `${fromHz}:${toHz}`
  const known = kernels.get(name)
  if (known !== undefined) return known
  const made = makeKernel(fromHz, toHz, up)
  if (up * 2 * made.half > mostWeightsKept) return made
  if (kernels.size >= mostKernels) kernels.clear()
  kernels.set(name, made)
  return made
}

function makeKernel(fromHz: number, toHz: number, up: number): Kernel {
  const nyquistHz = Math.min(fromHz, toHz) / 2
  const cutoff = (((1 + passed) / 2) * nyquistHz) / fromHz
  const transition = (2 * Math.PI * (1 - passed) * nyquistHz) / fromHz
  const half = Math.ceil((attenuationDb - 8) / (2.285 * transition) / 2)
  const phases = Array.from({ length: up }, (_, phase) => {
    const taps = new Float32Array(2 * half)
    let sum = 0
    for (let tap = 0; tap < taps.length; tap++) {
      const distance = tap - half + 1 - phase / up
      const weight = sinc(2 * cutoff * distance) * kaiser(distance / half)
      taps[tap] = weight
      sum += weight
    }
    return taps.map((weight) => weight / sum)
  })
  return { half, phases }
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** Kaiser's window from its centre (0) to its end (1); a kernel may have a million weights, so it is looked up. */
const windowSteps = 8_192
const beta = 0.1102 * (attenuationDb - 8.7)
const kaiserTable = Float64Array.from(
  { length: windowSteps + 1 },
  (_, i) => bessel(beta * Math.sqrt(1 - (i / windowSteps) ** 2)) / bessel(beta),
)

const kaiser = (x: number): number => kaiserTable[Math.round(Math.abs(x) * windowSteps)] ?? 0

/** The modified Bessel function of order zero, by its series. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > 1e-9 * sum; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

/**
 * `a / b` as whole numbers, the first at most {@link mostPhases}: exact for every common rate, otherwise the nearest
 * continued fraction, which is wrong by a few millionths.
 */
function ratio(a: number, b: number): readonly [number, number] {
  let [p0, q0, p1, q1] = [0, 1, 1, 0]
  let [x, y] = [a, b]
  while (y > 0) {
    const whole = Math.floor(x / y)
    const [p2, q2] = [whole * p1 + p0, whole * q1 + q0]
    if (p2 > mostPhases) break
    ;[p0, q0, p1, q1] = [p1, q1, p2, q2]
    ;[x, y] = [y, x - whole * y]
  }
  return [p1, q1]
}
