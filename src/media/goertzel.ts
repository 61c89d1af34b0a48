/**
 * How loud one frequency is in some samples: the peak amplitude of that sine, 1 = full scale. A Hann window keeps
 * neighbours out; give it at least 20 ms, and frequencies at least 4 / duration apart.
 */
export function toneAmplitude(samples: Int16Array, hz: number, rateHz = 8_000): number {
  const step = (2 * Math.PI) / samples.length
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rateHz)
  let [last, before] = [0, 0]
  for (let i = 0; i < samples.length; i++) {
    const windowed = (samples[i] ?? 0) * (0.5 - 0.5 * Math.cos(step * i))
    ;[last, before] = [windowed + coefficient * last - before, last]
  }
  const power = last * last + before * before - coefficient * last * before
  // The window halves the amplitude, a sine's power falls to both signs of its frequency.
  return (4 * Math.sqrt(Math.max(0, power))) / samples.length / 32_768
}

/** {@link toneAmplitude} in decibels of full scale. */
export function toneLevelDb(samples: Int16Array, hz: number, rateHz = 8_000): number {
  return 20 * Math.log10(Math.max(1e-9, toneAmplitude(samples, hz, rateHz)))
}
