import { telephoneHz } from './decoded.ts'

/** Softer, or louder when it rises, by `byDb` every `everyMs` milliseconds; not at all when either is zero. */
export interface Fade {
  readonly everyMs: number
  readonly byDb: number
  readonly rises: boolean
}

export interface Tone {
  readonly hz: readonly number[]
  /** Of each frequency, 1 = full scale. */
  readonly amplitude: number
  readonly fade: Fade
}

/** A sine that fills the 16 bits is 3.14 dBm0 (ITU-T G.711). */
const fullScaleDbm0 = 3.14
const quietestDb = -63

/** The peak amplitude, 1 = full scale, of a sine of `levelDb` dBm0. */
export const sineAmplitude = (levelDb: number): number => 10 ** ((levelDb - fullScaleDbm0) / 20)

/** Adds a tone to `samples`, from their beginning to their end. */
export function writeTone(samples: Int16Array, { hz, amplitude, fade }: Tone): void {
  const every = Math.round((fade.everyMs * telephoneHz) / 1_000)
  const factor = every > 0 ? 10 ** ((fade.rises ? fade.byDb : -fade.byDb) / 20) : 1
  const [quietest, loudest] = [sineAmplitude(quietestDb), sineAmplitude(0)]
  const steps = hz.map((frequency) => (2 * Math.PI * frequency) / telephoneHz)
  let level = amplitude
  for (let i = 0; i < samples.length; i++) {
    if (factor !== 1 && i > 0 && i % every === 0) {
      const next = level * factor
      if (next >= quietest && next <= loudest) level = next
    }
    let sum = samples[i] ?? 0
    for (const step of steps) sum += 32_767 * level * Math.sin(step * i)
    samples[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  }
}
