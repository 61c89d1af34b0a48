import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFailure } from '../base/index.ts'
import { decodeAudio, type DecodeOptions } from './decode.ts'
import { encodeG711 } from './g711.ts'
import { toneLevelDb } from './goertzel.ts'
import { wavHeader } from './wav.ts'

const fixture = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)))
const mpeg1 = fixture('tone-1000hz-mpeg1.mp3')
const mpeg2 = fixture('tone-1000hz-mpeg2.mp3')

const decode = (bytes: Uint8Array, options: Partial<DecodeOptions> = {}): Int16Array =>
  decodeAudio({ bytes, source: 'a file' }, { mostMs: 60_000, ...options })

const sine = Int16Array.from({ length: 4_000 }, (_, i) => Math.round(16_384 * Math.sin((2 * Math.PI * i) / 8)))
const swapped = (samples: Int16Array): Uint8Array => {
  const bytes = new Uint8Array(2 * samples.length)
  samples.forEach((sample, i) => new DataView(bytes.buffer).setInt16(2 * i, sample))
  return bytes
}
const joined = (...parts: (string | readonly number[] | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? new TextEncoder().encode(part) : part)]))
const word = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]

describe('MP3', () => {
  test.each([
    ['MPEG 1, 44.1 kHz', mpeg1],
    ['MPEG 2, 16 kHz', mpeg2],
  ])('%s: the tone, and nothing but the tone', (_, bytes) => {
    const samples = decode(bytes)
    expect(toneLevelDb(samples.subarray(400, 2_800), 1_000)).toBeCloseTo(-6.4, 0)
    expect(toneLevelDb(samples.subarray(400, 2_800), 2_000)).toBeLessThan(-50)
  })

  test('what the encoder added at both ends is gone: 400 ms are 400 ms, heard from the first', () => {
    const samples = decode(mpeg1)
    expect(samples.length).toBe(3_200)
    expect(toneLevelDb(samples.subarray(0, 400), 1_000)).toBeGreaterThan(-9)
  })

  test('behind a tag of ID3, and with half a frame in front', () => {
    const id3 = joined('ID3', [3, 0, 0, 0, 0, 1, 0], new Uint8Array(128))
    expect(decode(joined(id3, mpeg1))).toEqual(decode(mpeg1))
    expect(decode(mpeg1.subarray(50), { contentType: 'audio/mpeg' }).length).toBeGreaterThan(2_500)
  })

  test('cut off in the middle of a frame, it is heard as far as it goes', () => {
    // The decoder that we run would loop for ever over half a frame.
    for (let cut = 400; cut < 1_000; cut += 7) expect(decode(mpeg2.subarray(0, cut)).length).toBeGreaterThan(800)
  })

  test('layer II is said to be what it is not', () => {
    const bytes = new Uint8Array(2_000)
    for (let at = 0; at < bytes.length; at += 417) bytes.set([0xff, 0xfd, 0x80, 0x00], at)
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: 'MEDIA_DECODE' }))
  })

  test('is cut off at the limit without being decoded to its end', () => {
    expect(() => decode(mpeg1, { mostMs: 100 })).toThrow(expect.objectContaining({ code: 'MEDIA_TOO_LONG' }))
  })
})

describe('what the bytes are counts before what they are called', () => {
  const wav = joined(wavHeader(8_000, 8_000), new Uint8Array(sine.buffer))

  test.each([
    ['WAV called MP3', wav, { contentType: 'audio/mpeg', name: 'https://shop.example/a.mp3' }],
    ['mu-law by its type', encodeG711(sine, 'pcmu'), { contentType: 'audio/basic' }],
    ['A-law by its name', encodeG711(sine, 'pcma'), { name: 'https://shop.example/a.alaw?x=1.wav' }],
    ['L16', swapped(sine), { contentType: 'audio/L16; rate=8000; channels=1' }],
    ['AU', joined('.snd', word(24), word(8_000), word(3), word(8_000), word(1), swapped(sine)), {}],
    ['AU in mu-law', joined('.snd', word(24), word(0), word(1), word(8_000), word(1), encodeG711(sine, 'pcmu')), {}],
    ['AIFF', aiff('AIFF', [], swapped(sine)), {}],
    ['AIFF-C, bytes swapped', aiff('AIFC', joined('sowt', [0, 0]), new Uint8Array(sine.buffer)), {}],
    ['AIFF-C in A-law', aiff('AIFC', joined('alaw', [0, 0]), encodeG711(sine, 'pcma')), {}],
  ])('%s', (_, bytes, hints) => {
    const samples = decode(bytes, hints)
    expect(samples.length).toBe(4_000)
    expect(toneLevelDb(samples, 1_000)).toBeCloseTo(-6, 0)
  })

  test('a web page is no audio, whatever its content type', () => {
    const page = new TextEncoder().encode('<!doctype html><title>Not found</title>')
    expect(() => decode(page, { contentType: 'audio/wav' })).toThrow(expect.objectContaining({ code: 'MEDIA_DECODE' }))
  })
})

function aiff(kind: string, compression: Iterable<number>, sound: Uint8Array): Uint8Array {
  const rate = [0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0] // 8000 as a float of 80 bits
  const common = joined([0, 1], word(4_000), [0, 16], rate, [...compression])
  const chunks = joined('COMM', word(common.length), common, 'SSND', word(8 + sound.length), word(0), word(0), sound)
  return joined('FORM', word(4 + chunks.length), kind, chunks)
}

describe('whatever comes, there is sound or a name for what is wrong', () => {
  const seeds: Uint8Array[] = [
    mpeg1,
    mpeg2,
    joined(wavHeader(8_000, 44_100), new Uint8Array(sine.buffer)),
    joined(
      'RIFF',
      [0, 0, 0, 0],
      'WAVEfmt ',
      [20, 0, 0, 0, 0x11, 0, 2, 0, 0x40, 0x1f, 0, 0],
      new Uint8Array(300).fill(9),
    ),
    joined('.snd', word(24), word(0), word(1), word(8_000), word(1), new Uint8Array(300).fill(200)),
    aiff('AIFC', joined('fl32', [0, 0]), new Uint8Array(400).fill(77)),
  ]
  const survives = (bytes: Uint8Array): void => {
    try {
      decode(bytes)
    } catch (error) {
      if (!isFailure(error, 'MEDIA_DECODE') && !isFailure(error, 'MEDIA_TOO_LONG')) throw error
    }
  }

  test('known files with bytes changed, cut and repeated', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 })
    const mutated = fc
      .tuple(fc.constantFrom(...seeds), change, fc.nat(), fc.boolean())
      .map(([seed, changes, cut, early]) => {
        const bytes = Uint8Array.from(seed)
        const reach = early ? Math.min(64, bytes.length) : bytes.length
        for (const [at, value] of changes) bytes[at % reach] = value
        return bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length)
      })
    fc.assert(fc.property(mutated, survives), { numRuns: 300 })
  })

  test('noise behind the beginning of every kind', () => {
    const begins = ['', 'RIFF\0\0\0\0WAVEfmt ', 'RIFX\0\0\0\0WAVE', 'FORM\0\0\0\0AIFF', '.snd', 'ID3', '\u00ff\u00fb']
    const noise = fc.tuple(fc.constantFrom(...begins), fc.uint8Array({ maxLength: 3_000 }))
    const file = noise.map(([begin, bytes]) =>
      joined(
        Array.from(begin, (sign) => sign.charCodeAt(0)),
        bytes,
      ),
    )
    fc.assert(fc.property(file, survives), { numRuns: 400 })
  })
})
