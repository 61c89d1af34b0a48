import { expect, test } from 'vitest'
import type { RtpPacket } from './packet.ts'
import { Reception } from './reception.ts'

const packet = (sequence: number, ssrc = 1): RtpPacket => ({
  marker: false,
  payloadType: 0,
  sequence: sequence & 0xffff,
  timestamp: (sequence * 160) >>> 0,
  ssrc,
  payload: new Uint8Array(160),
})

test('an even stream has no loss and no jitter, also where its numbers wrap', () => {
  const reception = new Reception()
  for (let i = 0; i < 100; i++) reception.take(packet(65_500 + i), 20 * i)
  expect(reception.report).toEqual({ received: 100, lost: 0, jitterMs: 0 })
})

test('what is missing is counted; what is only late is not', () => {
  const reception = new Reception()
  for (const i of [1, 2, 4, 3, 5, 8]) reception.take(packet(i), 20 * i)
  expect(reception.report).toMatchObject({ received: 6, lost: 2 })
})

test('jitter is the smoothed deviation of the transit time', () => {
  const reception = new Reception()
  for (let i = 0; i < 500; i++) reception.take(packet(i), 20 * i + (i % 2) * 10)
  // Every transit differs from the last by 10 ms, so the mean deviation is 10 ms (RFC 3550 A.8).
  expect(reception.report.jitterMs).toBeCloseTo(10, 1)
})

test('keys, whose timestamps stand still, are no jitter', () => {
  const reception = new Reception()
  reception.take(packet(1), 20)
  reception.take({ ...packet(2), timestamp: 160 }, 400, false)
  reception.take(packet(3), 60)
  expect(reception.report).toMatchObject({ received: 3, jitterMs: 0 })
})

test('a sender that begins again loses nothing by it', () => {
  const reception = new Reception()
  for (const i of [1, 2, 3]) reception.take(packet(i), 20 * i)
  for (const i of [30_000, 30_001]) reception.take(packet(i), 20 * i)
  for (const i of [7, 8]) reception.take(packet(i, 2), 20 * i)
  expect(reception.report).toMatchObject({ received: 7, lost: 0 })
})
