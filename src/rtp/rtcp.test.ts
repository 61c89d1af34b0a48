import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRtcp } from './packet.ts'
import { Reception } from './reception.ts'
import { parseRtcp, shortTime, shortTimesApart, writeRtcp, type ReportBlock } from './rtcp.ts'

const block: ReportBlock = {
  ssrc: 0xdeadbeef,
  fractionLost: 12,
  lost: 345,
  highest: 0x0001_ffff,
  jitter: 80,
  lastReport: 0x8765_4321,
  sinceLastReport: 65_536,
}
const sender = { atMs: 1_500, timestamp: 0xffff_fff0, packets: 250, bytes: 40_000 }
const said = { ssrc: 7, sender, block, cname: 'abc', isGoodbye: false }

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))

describe('what we say', () => {
  test('a sender reports what it sends, what it hears, and who it is', () => {
    expect(writeRtcp(said)).toEqual(
      bytes(`81c8000c 00000007
             83aa7e81 80000000 fffffff0 000000fa 00009c40
             deadbeef 0c000159 0001ffff 00000050 87654321 00010000
             81ca0003 00000007 01036162 63000000`),
    )
  })

  test('who has sent nothing reports only what it hears, and who has heard nothing only who it is', () => {
    expect(parseRtcp(writeRtcp({ ...said, sender: undefined }))).toEqual({
      ssrc: 7,
      sentAt: undefined,
      blocks: [block],
      goodbyes: [],
    })
    const silent = writeRtcp({ ...said, sender: undefined, block: undefined })
    expect(silent.subarray(0, 8)).toEqual(bytes('80c90001 00000007'))
  })

  test('whoever leaves says so', () => {
    expect(parseRtcp(writeRtcp({ ...said, isGoodbye: true }))).toMatchObject({ sentAt: 0x7e81_8000, goodbyes: [7] })
  })

  test('loss keeps to its 24 bits, and can be less than nothing', () => {
    for (const [lost, read] of [
      [-5, -5],
      [0x100_0000, 0x7f_ffff],
      [-0x100_0000, -0x80_0000],
    ] as const)
      expect(parseRtcp(writeRtcp({ ...said, block: { ...block, lost } }))?.blocks).toEqual([{ ...block, lost: read }])
  })

  test('whatever is said is RTCP, and is read as it was said', () => {
    const number = fc.integer({ min: 0, max: 0xffff_ffff })
    const blocks = fc.record({
      ssrc: number,
      fractionLost: fc.nat({ max: 255 }),
      lost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
      highest: number,
      jitter: number,
      lastReport: number,
      sinceLastReport: number,
    })
    const senders = fc.record({ atMs: fc.nat(), timestamp: number, packets: number, bytes: number })
    fc.assert(
      fc.property(
        number,
        fc.option(senders, { nil: undefined }),
        fc.option(blocks, { nil: undefined }),
        fc.string({ maxLength: 300 }),
        fc.boolean(),
        (ssrc, from, one, cname, isGoodbye) => {
          const packet = writeRtcp({ ssrc, sender: from, block: one, cname, isGoodbye })
          expect(isRtcp(packet)).toBe(true)
          expect(packet.length % 4).toBe(0)
          expect(parseRtcp(packet)).toEqual({
            ssrc,
            sentAt: from === undefined ? undefined : shortTime(from.atMs),
            blocks: one === undefined ? [] : [one],
            goodbyes: isGoodbye ? [ssrc] : [],
          })
        },
      ),
    )
  })
})

describe('what others say', () => {
  test.each([
    ['nothing', ''],
    ['half a header', '80c9'],
    ['a description first', '81ca0003 00000007 01036162 63000000'],
    ['another version', '40c90001 00000007'],
    ['more than there is', '80c90002 00000007'],
    ['less than there is', '80c90001 00000007 00'],
    ['a block that is not there', '81c90001 00000007'],
    ['a sender without its times', '80c80001 00000007'],
    ['padding before the last part', 'a0c90002 00000007 00000004 80c90001 00000007'],
    ['padding of nothing', 'a0c90001 00000000'],
    ['padding that eats the header', 'a0c90001 00000008'],
    ['padding that eats the source', 'a0c90001 00000004'],
    ['a goodbye of two that names one', '80c90001 00000007 82cb0001 00000007'],
    ['a second part of another version', '80c90001 00000007 00ca0000'],
  ])('%s is none', (_what, hex) => {
    expect(parseRtcp(bytes(hex))).toBeUndefined()
  })

  test('parts that we do not know are passed over', () => {
    const report = parseRtcp(bytes('80c90001 00000007 80cf0001 00000007 81ce0002 00000007 00000001 81cb0001 00000007'))
    expect(report).toEqual({ ssrc: 7, sentAt: undefined, blocks: [], goodbyes: [7] })
  })

  test('padding of the last part is no part of it', () => {
    expect(parseRtcp(bytes('80c90001 00000007 a1cb0002 00000007 00000004'))?.goodbyes).toEqual([7])
  })

  test('whatever comes, it is read within its bounds', () => {
    const header = fc.constantFrom('80c8', '81c8', '9fc9', '80c9', 'a0c9', '81ca', '9fcb', '81cb', '80cc')
    const part = fc.tuple(header, fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 48 }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const junk = parts.map(([start, words, rest]) => Buffer.concat([bytes(start), Buffer.from([0, words]), rest]))
        const report = parseRtcp(Uint8Array.from(Buffer.concat(junk)))
        for (const { lost } of report?.blocks ?? []) expect(Math.abs(lost)).toBeLessThanOrEqual(0x80_0000)
        expect(report?.blocks.length ?? 0).toBeLessThanOrEqual(124)
      }),
      { numRuns: 1_000 },
    )
  })
})

test('the time there and back is what is left when the far end’s own is taken away', () => {
  const sentMs = 1_800_000_000_000.25
  const backMs = sentMs + 500 + 40
  expect(shortTimesApart(shortTime(sentMs), shortTime(backMs)) - 500).toBeCloseTo(40, 1)
  expect(shortTimesApart(0xffff_ff00, 0x100)).toBeCloseTo(7.8, 1)
})

test('what is told of a stream is its loss in all and since it was told last', () => {
  const reception = new Reception()
  expect(reception.block()).toBeUndefined()
  const hear = (sequence: number, ssrc = 7): void =>
    reception.take(
      {
        marker: false,
        payloadType: 0,
        sequence: sequence & 0xffff,
        timestamp: sequence * 160,
        ssrc,
        payload: new Uint8Array(),
      },
      sequence * 20,
    )
  for (let i = 0xfffe; i < 0x1_0006; i++) if (i % 4 !== 3) hear(i)
  expect(reception.block()).toEqual({ ssrc: 7, fractionLost: 64, lost: 2, highest: 0x1_0005, jitter: 0 })
  for (let i = 0x1_0006; i < 0x1_0010; i++) hear(i)
  expect(reception.block()).toMatchObject({ fractionLost: 0, lost: 2 })
  expect(reception.block()).toBeUndefined()
  hear(1, 8)
  expect(reception.block()).toMatchObject({ ssrc: 8, fractionLost: 0, lost: 0, highest: 1 })
})
