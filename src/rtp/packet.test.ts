import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRtp, sequencesApart, timestampsApart, writeRtpHeader } from './packet.ts'

const header = fc.record({
  marker: fc.boolean(),
  payloadType: fc.integer({ min: 0, max: 63 }),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  timestamp: fc.integer({ min: 0, max: 0xffffffff }),
  ssrc: fc.integer({ min: 0, max: 0xffffffff }),
})

test('what is written is read', () => {
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 200 }), (fields, payload) => {
      const bytes = new Uint8Array(12 + payload.length)
      writeRtpHeader(bytes, fields)
      bytes.set(payload, 12)
      expect(parseRtp(bytes)).toEqual({ ...fields, payload })
    }),
  )
})

test('whatever arrives, it is a packet within its bytes or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, isVersion2) => {
      if (isVersion2 && bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f)
      const packet = parseRtp(bytes)
      if (packet !== undefined) expect(packet.payload.length).toBeLessThanOrEqual(bytes.length - 12)
    }),
    { numRuns: 2_000 },
  )
})

const packetOf = (first: number, ...rest: number[]): Uint8Array =>
  Uint8Array.from([first, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, ...rest])

test('contributing sources, an extension and padding are no payload', () => {
  const bytes = packetOf(0x80 | 0x20 | 0x10 | 1, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 8, 8, 8, 8, 7, 6, 0, 2)
  expect(parseRtp(bytes)?.payload).toEqual(Uint8Array.of(7, 6))
})

test.each([
  ['shorter than a header', Uint8Array.of(0x80, 0, 0)],
  ['of version 1', packetOf(0x40)],
  ['with more padding than payload', packetOf(0xa0, 1, 2, 9)],
  ['with padding of no bytes', packetOf(0xa0, 1, 0)],
  ['with an extension that ends behind the packet', packetOf(0x90, 0xbe, 0xde, 0, 9)],
  ['of RTCP on the same port', Uint8Array.of(0x80, 200, 0, 6, ...Array<number>(24).fill(0))],
])('a packet %s is none', (_why, bytes) => {
  expect(parseRtp(bytes)).toBeUndefined()
})

test('numbers are compared on their circle', () => {
  expect(sequencesApart(0xffff, 2)).toBe(3)
  expect(sequencesApart(2, 0xffff)).toBe(-3)
  expect(timestampsApart(0xffffff00, 0x100)).toBe(0x200)
  expect(timestampsApart(0x100, 0xffffff00)).toBe(-0x200)
})
