/** Listening by numbers: what a test needs to know whether a caller heard the right thing. 8 kHz throughout. */

export const sampleRateHz = 8000

/** Power of `hz` relative to the whole signal's power, 0..1 (Goertzel). */
export function toneShare(samples: Int16Array, hz: number): number {
  const step = 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz)
  let [s1, s2, power] = [0, 0, 0]
  for (const sample of samples) {
    const s0 = sample + step * s1 - s2
    s2 = s1
    s1 = s0
    power += sample * sample
  }
  if (power === 0) return 0
  return ((s1 * s1 + s2 * s2 - step * s1 * s2) * 2) / (samples.length * power)
}

/** From the first to the last 20 ms frame that is not silent. */
export function loudPart(samples: Int16Array): Int16Array {
  const loud: number[] = []
  for (let at = 0; at + 160 <= samples.length; at += 160) if (rms(samples.subarray(at, at + 160)) > 500) loud.push(at)
  return samples.subarray(loud[0] ?? 0, (loud.at(-1) ?? 0) + 160)
}

export function rms(samples: Int16Array): number {
  let power = 0
  for (const sample of samples) power += sample * sample
  return samples.length === 0 ? 0 : Math.sqrt(power / samples.length)
}

export function tone(hz: number, ms: number, amplitude = 8000): Int16Array {
  const samples = new Int16Array((sampleRateHz * ms) / 1000)
  for (let i = 0; i < samples.length; i++) samples[i] = amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz)
  return samples
}

/** Milliseconds of 20 ms frames that are mostly `hz`. */
export function share(samples: Int16Array, hz: number): number {
  let ms = 0
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const frame = samples.subarray(at, at + 160)
    if (rms(frame) > 500 && toneShare(frame, hz) > 0.7) ms += 20
  }
  return ms
}

/** A WAV file: 8 kHz, mono, 16 bit. */
export function wav(samples: Int16Array): Buffer {
  const header = Buffer.alloc(44)
  const bytes = samples.length * 2
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRateHz, 24)
  header.writeUInt32LE(sampleRateHz * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(bytes, 40)
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, bytes)])
}

/** The samples of a 16 bit mono WAV file, whatever chunks it has. */
export function readWav(file: Buffer): Int16Array {
  for (let at = 12; at + 8 <= file.length;) {
    const size = file.readUInt32LE(at + 4)
    if (file.toString('latin1', at, at + 4) === 'data') {
      const bytes = file.subarray(at + 8, Math.min(at + 8 + size, file.length))
      return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2))
    }
    at += 8 + size + (size & 1)
  }
  return new Int16Array()
}

/** ITU-T G.711 mu-law, written from the standard so that it shares no table with what it tests. */
export function fromMuLaw(bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => {
    const code = ~byte & 0xff
    const magnitude = (((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)
    return (code & 0x80) === 0 ? magnitude - 0x84 : 0x84 - magnitude
  })
}

export function toMuLaw(samples: Int16Array): Buffer {
  return Buffer.from(
    Uint8Array.from(samples, (sample) => {
      const sign = sample < 0 ? 0x80 : 0
      const magnitude = Math.min(Math.abs(sample), 32635) + 0x84
      const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7)
      return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff
    }),
  )
}
