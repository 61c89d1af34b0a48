import { expect, test } from 'vitest'
import { parseRtp } from './packet.ts'
import { RtpStream } from './stream.ts'
import { parseEvent } from './telephone-event.ts'

const start = { ssrc: 7, sequence: 0xffff, timestamp: 0xffff_ff60 }

const numbersOf = (bytes: Uint8Array): object => {
  const { marker, sequence, timestamp, ssrc } = parseRtp(bytes) ?? {}
  return { marker, sequence, timestamp, ssrc }
}

test('the first packet has the marker; sequence and timestamp go on and wrap', () => {
  const stream = new RtpStream(160, start)
  expect(numbersOf(stream.audio(0))).toEqual({ marker: true, ...start })
  stream.pass(160)
  expect(numbersOf(stream.audio(0))).toEqual({ marker: false, ssrc: 7, sequence: 0, timestamp: 0 })
})

test('after a pause the sequence has no gap, the timestamp has, and the marker says so', () => {
  const stream = new RtpStream(160, start)
  stream.audio(0)
  stream.pass(160)
  stream.pause()
  stream.pass(800)
  expect(numbersOf(stream.audio(0))).toEqual({ marker: true, ssrc: 7, sequence: 0, timestamp: 800 })
})

test('what is written into the frame is what is sent', () => {
  const stream = new RtpStream(4, start)
  stream.frame.set([1, 2, 3, 4])
  expect(parseRtp(stream.audio(8))).toMatchObject({ payloadType: 8, payload: Uint8Array.of(1, 2, 3, 4) })
})

test('the packets of a key share the time at which it went down', () => {
  const stream = new RtpStream(160, { ...start, timestamp: 1_000 })
  stream.audio(0)
  const report = { event: 5, isEnd: false, volume: 10, duration: 320 }
  stream.pass(160)
  const packet = parseRtp(stream.event(101, report, 1_000, true))
  expect(packet).toMatchObject({ marker: true, payloadType: 101, sequence: 0, timestamp: 1_000 })
  expect(packet && parseEvent(packet.payload)).toEqual(report)
})
