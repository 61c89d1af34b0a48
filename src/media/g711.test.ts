import { describe, expect, test } from 'vitest'
import { decodeG711, encodeG711 } from './g711.ts'

describe.each(['pcmu', 'pcma'] as const)('%s', (law) => {
  test('gives every sample back within the step of its segment', () => {
    const samples = new Int16Array(65_536).map((_, i) => i - 32_768)
    const back = decodeG711(encodeG711(samples, law), law)
    let worst = 0
    samples.forEach((sample, i) => {
      const allowed = Math.max(16, Math.abs(sample) / 16)
      worst = Math.max(worst, Math.abs((back[i] ?? 0) - sample) / allowed)
    })
    expect(worst).toBeLessThanOrEqual(1)
  })

  test('every byte survives decoding and encoding again', () => {
    const bytes = new Uint8Array(256).map((_, i) => i)
    const again = encodeG711(decodeG711(bytes, law), law)
    // Mu-law has two zeros (0x7F and 0xFF); the negative one comes back as the positive one.
    bytes.forEach((byte, i) => expect(again[i]).toBe(law === 'pcmu' && byte === 0x7f ? 0xff : byte))
  })

  test('silence is the byte that telephones send for it', () => {
    expect(encodeG711(new Int16Array(1), law)[0]).toBe(law === 'pcmu' ? 0xff : 0xd5)
  })
})

test('the values of ITU-T G.711 tables 1a and 2a: the largest of each sign', () => {
  expect([...decodeG711(Uint8Array.of(0x80, 0x00), 'pcmu')]).toEqual([32_124, -32_124])
  expect([...decodeG711(Uint8Array.of(0xaa, 0x2a), 'pcma')]).toEqual([32_256, -32_256])
  expect([...encodeG711(Int16Array.of(32_767, -32_768), 'pcmu')]).toEqual([0x80, 0x00])
  expect([...encodeG711(Int16Array.of(32_767, -32_768), 'pcma')]).toEqual([0xaa, 0x2a])
})
