import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RtpPacket } from './packet.ts'
import { eventOfKey, KeyReceiver, parseEvent, writeEvent, type KeyHeard } from './telephone-event.ts'

interface Told {
  readonly key: string
  readonly at: number
  readonly sequence: number
  readonly duration: number
  readonly isEnd?: boolean
  readonly marker?: boolean
  readonly ssrc?: number
}

function packetOf({ key, at, sequence, duration, isEnd = false, marker = false, ssrc = 1 }: Told): RtpPacket {
  const payload = new Uint8Array(4)
  writeEvent(payload, 0, { event: eventOfKey(key) ?? 0, isEnd, volume: 10, duration })
  return { marker, payloadType: 101, sequence, timestamp: at >>> 0, ssrc, payload }
}

/** The packets of one press as RFC 4733 wants them: 100 ms, the end three times. */
function press(key: string, at: number, sequence: number): RtpPacket[] {
  return [1, 2, 3, 4, 5, 5, 5].map((frames, index) =>
    packetOf({ key, at, sequence: sequence + index, duration: frames * 160, isEnd: index >= 4, marker: index === 0 }),
  )
}

function keysOf(packets: readonly (RtpPacket | undefined)[]): string {
  const receiver = new KeyReceiver()
  return packets.map((packet) => (packet === undefined ? '' : newKey(receiver.take(packet)))).join('')
}

const newKey = (heard: KeyHeard | undefined): string => (heard?.isNew === true ? heard.key : '')

test('a press counts once, however often it is told', () => {
  expect(keysOf(press('5', 1_000, 1))).toBe('5')
})

test('a key is known with its first packet', () => {
  expect(new KeyReceiver().take(packetOf({ key: '#', at: 0, sequence: 1, duration: 160, marker: true }))).toEqual({
    key: '#',
    isNew: true,
    durationSamples: 160,
    isEnd: false,
  })
})

test('how long a key is down is known while it is, and that it is up', () => {
  const receiver = new KeyReceiver()
  const heard = press('7', 1_000, 1).map((packet) => receiver.take(packet))
  expect(heard.map((one) => one?.durationSamples)).toEqual([160, 320, 480, 640, 800, 800, 800])
  expect(heard.map((one) => one?.isNew)).toEqual([true, ...Array<boolean>(6).fill(false)])
  expect(heard.map((one) => one?.isEnd)).toEqual([false, false, false, false, true, true, true])
})

test('the same key pressed twice counts twice', () => {
  expect(keysOf([...press('1', 1_000, 1), ...press('1', 3_000, 10)])).toBe('11')
})

test('all ends are lost, and the key is pressed again', () => {
  expect(keysOf([...press('1', 1_000, 1).slice(0, 4), ...press('1', 3_000, 10)])).toBe('11')
})

test('the beginning with its marker is lost', () => {
  expect(keysOf([...press('1', 1_000, 1), ...press('2', 3_000, 10).slice(4)])).toBe('12')
})

test('of a press nothing arrives but one end', () => {
  expect(keysOf([press('9', 1_000, 1)[6]])).toBe('9')
})

test('packets of an earlier press that were overtaken tell nothing new', () => {
  const first = press('1', 1_000, 1)
  expect(keysOf([...first.slice(0, 5), ...press('2', 3_000, 8), ...first.slice(5)])).toBe('12')
})

test('timestamps and sequence numbers wrap', () => {
  expect(keysOf([...press('1', 0xffff_ff00, 0xfffc), ...press('2', 0x200, 0x4)])).toBe('12')
})

test('a sender that moves the timestamp within a press is understood', () => {
  const moving = press('4', 1_000, 1).map((packet, index) => ({ ...packet, timestamp: 1_000 + index * 160 }))
  expect(keysOf([...moving, ...press('4', 5_000, 8)])).toBe('44')
})

test('a press that is longer than its 16 bits comes in segments', () => {
  const told = { key: '0', sequence: 1, at: 0, duration: 0xff00, marker: true }
  const packets = [
    packetOf(told),
    packetOf({ ...told, sequence: 2, duration: 0xffff, marker: false }),
    packetOf({ ...told, sequence: 3, at: 0xffff, duration: 160, marker: false }),
    packetOf({ ...told, sequence: 4, at: 0xffff, duration: 320, marker: false, isEnd: true }),
  ]
  expect(keysOf(packets)).toBe('0')
})

test('another source begins anew', () => {
  const again = press('3', 500, 1).map((packet) => ({ ...packet, ssrc: 2 }))
  expect(keysOf([...press('3', 1_000, 1), ...again])).toBe('33')
})

test('flash is no key, and what is too short is no report', () => {
  const flash = { ...packetOf({ key: '1', at: 0, sequence: 1, duration: 160 }), payload: Uint8Array.of(16, 10, 0, 160) }
  expect(keysOf([flash])).toBe('')
  expect(parseEvent(Uint8Array.of(1, 2, 3))).toBeUndefined()
})

test('all packets of a press but one may be lost: every key still comes once', () => {
  const key = fc.constantFrom(...Array.from('0123456789*#ABCD'))
  const kept = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 })
  fc.assert(
    fc.property(fc.array(fc.tuple(key, kept), { maxLength: 20 }), (presses) => {
      const packets = presses.flatMap(([pressed, indexes], index) => {
        const all = press(pressed, index * 2_000, index * 12)
        return [...indexes].sort((a, b) => a - b).map((i) => all[i])
      })
      expect(keysOf(packets)).toBe(presses.map(([pressed]) => pressed).join(''))
    }),
  )
})
