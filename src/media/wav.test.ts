import { describe, expect, test } from 'vitest'
import wavefile from 'wavefile'
import { isFailure } from '../base/index.ts'
import { decodeAudio } from './decode.ts'
import { toneLevelDb } from './goertzel.ts'
import { wavHeader } from './wav.ts'

const tone = (hz: number, rateHz: number): number[] =>
  Array.from({ length: rateHz / 2 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rateHz))

/** Two tones, one a channel, as the library writes them: an opinion besides our own. */
function write(rateHz: number, depth: string, { container = 'RIFF', stereo = false } = {}): Uint8Array {
  const scale = depth === '32f' || depth === '64' ? 1 : 2 ** (Number(depth) - 1) - 1
  const offset = depth === '8' ? 128 : 0
  const channel = (hz: number): number[] => tone(hz, rateHz).map((sample) => sample * scale + offset)
  const channels = stereo ? [channel(1_000), channel(400)] : channel(1_000)
  const wav = new wavefile.WaveFile()
  wav.fromScratch(stereo ? 2 : 1, rateHz, depth, channels, { container })
  return wav.toBuffer()
}

const read = (bytes: Uint8Array): Int16Array => decodeAudio({ bytes, source: 'a.wav' }, { mostMs: 10_000 })
const level = (bytes: Uint8Array, hz: number): number => toneLevelDb(read(bytes).subarray(400, -400), hz)

describe('every kind of WAV is heard as the tone that is in it', () => {
  test.each(['8', '16', '24', '32', '32f', '64'])('%s bits', (depth) => {
    expect(level(write(8_000, depth), 1_000)).toBeCloseTo(-6, 0)
    expect(read(write(8_000, depth)).length).toBe(4_000)
  })

  test.each(['8', '16', '24', '32', '32f'])('%s bits, big-endian (RIFX)', (depth) => {
    expect(level(write(16_000, depth, { container: 'RIFX' }), 1_000)).toBeCloseTo(-6, 0)
  })

  test.each([8_000, 11_025, 22_050, 44_100, 48_000])('stereo at %i Hz, mixed down', (rateHz) => {
    const bytes = write(rateHz, '16', { stereo: true })
    expect(level(bytes, 1_000)).toBeCloseTo(-12, 0)
    expect(level(bytes, 400)).toBeCloseTo(-12, 0)
    expect(read(bytes).length).toBe(4_000)
  })

  test.each(['toALaw', 'toMuLaw', 'toIMAADPCM'] as const)('%s', (compress) => {
    const wav = new wavefile.WaveFile(write(8_000, '16'))
    wav[compress]()
    expect(Math.abs(level(wav.toBuffer(), 1_000) + 6)).toBeLessThan(1)
  })

  test('extensible: the format is the beginning of a GUID', () => {
    const plain = write(8_000, '24', { stereo: true })
    const format = new Uint8Array(40)
    format.set(plain.subarray(20, 36))
    new DataView(format.buffer).setUint16(0, 0xfffe, true)
    format.set([22, 0, 24, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0], 16)
    const bytes = Uint8Array.from([...plain.subarray(0, 16), 40, 0, 0, 0, ...format, ...plain.subarray(36)])
    expect(level(bytes, 400)).toBeCloseTo(-12, 0)
  })
})

describe('headers that are wrong in usual ways', () => {
  const good = write(8_000, '16')

  test.each([0, 0xffff_ffff, 0x7fff_f000])('a recorder that did not know the length wrote %i', (size) => {
    const bytes = Uint8Array.from(good)
    new DataView(bytes.buffer).setUint32(40, size, true)
    expect(read(bytes).length).toBe(4_000)
  })

  test('a file that was cut ends early', () => expect(read(good.subarray(0, 44 + 1_001)).length).toBe(500))

  test('a chunk of odd length is padded', () => {
    const bytes = Uint8Array.from([
      ...good.subarray(0, 36),
      ...[76, 73, 83, 84, 3, 0, 0, 0, 1, 2, 3, 0],
      ...good.subarray(36),
    ])
    expect(read(bytes)).toEqual(read(good))
  })
})

describe('what cannot be read is named', () => {
  const problemOf = (bytes: Uint8Array): unknown => {
    try {
      read(bytes)
    } catch (error) {
      return isFailure(error, 'MEDIA_DECODE') ? error.details.problem : error
    }
    return 'nothing'
  }
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(write(8_000, '16'))
    new DataView(bytes.buffer).setUint16(at, value, true)
    return bytes
  }

  test('a compression that nobody uses', () => expect(problemOf(changed(20, 0x31))).toMatch(/format 49/))
  test('no channels', () => expect(problemOf(changed(22, 0))).toMatch(/0 channels/))
  test('a rate of a few samples a second', () => expect(problemOf(changed(24, 3))).toMatch(/3 Hz/))
  test('nothing behind the header', () => expect(problemOf(write(8_000, '16').subarray(0, 36))).toMatch(/without data/))
})

test('longer than allowed is MEDIA_TOO_LONG', () => {
  const decode = (): Int16Array => decodeAudio({ bytes: write(8_000, '16'), source: 'a.wav' }, { mostMs: 499 })
  expect(decode).toThrow(expect.objectContaining({ code: 'MEDIA_TOO_LONG' }))
})

test('our own header is read by the library', () => {
  const samples = Int16Array.from({ length: 100 }, (_, i) => i * 100)
  const file = new Uint8Array(44 + 200)
  file.set(wavHeader(200, 8_000))
  file.set(new Uint8Array(samples.buffer), 44)
  const wav = new wavefile.WaveFile(file)
  expect(wav.fmt).toMatchObject({ audioFormat: 1, numChannels: 1, sampleRate: 8_000, bitsPerSample: 16 })
  expect(read(file)).toEqual(samples)
})
