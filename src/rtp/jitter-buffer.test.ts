import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JitterBuffer } from './jitter-buffer.ts'

const frame = 160

/** The samples of packet `n`: none is zero, no two packets are alike. */
const samplesOf = (n: number): Int16Array => new Int16Array(frame).fill(n + 1)

/** Which packets the next `frames` frames are: `.` = nothing came. */
function takeAll(buffer: JitterBuffer, frames: number): string[] {
  const taken: string[] = []
  const into = new Int16Array(frame)
  for (let i = 0; i < frames; i++) taken.push(buffer.take(into) === 0 ? '.' : String((into[0] ?? 0) - 1))
  return taken
}

const buffer = (): JitterBuffer => new JitterBuffer({ delaySamples: 3 * frame })

test('packets come out in order, after the delay', () => {
  const jitter = buffer()
  for (const n of [0, 2, 1]) jitter.put(n * frame, samplesOf(n))
  expect(takeAll(jitter, 7)).toEqual(['.', '.', '.', '0', '1', '2', '.'])
})

test('a gap is silence, and what comes after it is in its place', () => {
  const jitter = buffer()
  for (const n of [0, 2]) jitter.put(n * frame, samplesOf(n))
  expect(takeAll(jitter, 6)).toEqual(['.', '.', '.', '0', '.', '2'])
})

test('a packet that comes twice counts once', () => {
  const jitter = buffer()
  for (const n of [0, 1, 1, 2]) jitter.put(n * frame, samplesOf(n))
  expect(jitter.counts.duplicate).toBe(1)
  expect(takeAll(jitter, 6).slice(3)).toEqual(['0', '1', '2'])
})

test('a packet whose time has passed is late and left out', () => {
  const jitter = buffer()
  jitter.put(0, samplesOf(0))
  takeAll(jitter, 6)
  jitter.put(frame, samplesOf(1))
  expect(jitter.counts.late).toBe(1)
  expect(takeAll(jitter, 3)).toEqual(['.', '.', '.'])
})

test('when everything is late, the way has become longer: the delay is counted anew', () => {
  const jitter = buffer()
  jitter.put(0, samplesOf(0))
  takeAll(jitter, 20)
  for (const n of [1, 2, 3]) jitter.put(n * frame, samplesOf(n))
  expect(takeAll(jitter, 4)).toEqual(['.', '.', '.', '3'])
})

test('timestamps wrap', () => {
  const jitter = buffer()
  for (const n of [0, 1, 2, 3]) jitter.put((0xffff_fec0 + n * frame) >>> 0, samplesOf(n))
  expect(takeAll(jitter, 7).slice(3)).toEqual(['0', '1', '2', '3'])
})

test('a sender that jumps far away begins anew', () => {
  const jitter = buffer()
  jitter.put(0, samplesOf(0))
  jitter.put(5_000_000, samplesOf(9))
  expect(takeAll(jitter, 4)).toEqual(['.', '.', '.', '9'])
})

test('packets of other lengths fill the same timeline', () => {
  const jitter = buffer()
  jitter.put(0, new Int16Array(240).fill(1))
  jitter.put(240, new Int16Array(80).fill(2))
  const into = new Int16Array(frame)
  takeAll(jitter, 4)
  expect(jitter.take(into)).toBe(160)
  expect([into[79], into[80]]).toEqual([1, 2])
})

test('a sender whose clock is faster does not fill the buffer for ever', () => {
  const jitter = buffer()
  let packets = 0
  for (let tick = 0; tick < 5_000; tick++) {
    jitter.put(packets * frame, samplesOf(packets % 1_000))
    packets++
    if (tick % 50 === 0) jitter.put(packets * frame, samplesOf(packets++ % 1_000))
    takeAll(jitter, 1)
  }
  expect(jitter.counts.skipped).toBeGreaterThan(0)
  expect(jitter.counts.late).toBe(0)
})

test('within the delay, any order and any repetition give the whole stream', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 60 }), (lateness) => {
      const jitter = buffer()
      const arrivals = lateness.map((late, n) => ({ n, at: n + (n === 0 ? 0 : late) }))
      const heard: string[] = []
      for (let tick = 0; tick < lateness.length + 4; tick++) {
        for (const { n, at } of arrivals) if (at === tick) jitter.put(n * frame, samplesOf(n))
        heard.push(...takeAll(jitter, 1))
      }
      const whole = lateness.map((_, n) => String(n))
      expect(heard.slice(3, 3 + whole.length)).toEqual(whole)
    }),
  )
})

test('whatever is put in, no more comes out than time has passed', () => {
  const packet = fc.tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0, max: 9_000 }))
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 50 }), (packets) => {
      const jitter = buffer()
      for (const [timestamp, length] of packets) {
        jitter.put(timestamp, new Int16Array(length).fill(1))
        expect(jitter.take(new Int16Array(frame))).toBeLessThanOrEqual(frame)
      }
    }),
  )
})

/** Packets of 20 ms; each arrives at its tick plus its delay in ticks. @returns what is heard, tick by tick */
function through(jitter: JitterBuffer, ticks: number, delayOf: (packet: number) => number): string[] {
  const heard: string[] = []
  for (let tick = 0; tick < ticks; tick++) {
    for (let packet = 0; packet <= tick; packet++)
      if (packet + delayOf(packet) === tick) jitter.put(packet * frame, samplesOf((packet % 9) + 1))
    heard.push(...takeAll(jitter, 1))
  }
  return heard
}
const adaptive = (): JitterBuffer => new JitterBuffer({ delaySamples: frame, mostDelaySamples: 10 * frame })

test('a delay that may grow follows the packet that comes late, and nothing of it is left out', () => {
  const jitter = adaptive()
  const heard = through(jitter, 16, (packet) => (packet >= 5 && packet < 8 ? 8 - packet : 0))
  expect(heard.join('').replaceAll('.', '')).toBe('1234567891234'.slice(0, heard.join('').replaceAll('.', '').length))
  expect(heard.slice(0, 6)).toEqual(['.', '1', '2', '3', '4', '5'])
  expect(jitter.counts.late).toBe(1)
  expect(heard.slice(-3)).not.toContain('.')
})

test('a delay that was not needed for a while is given back', () => {
  const jitter = adaptive()
  const heard = through(jitter, 1_200, (packet) => (packet === 5 ? 4 : 0))
  const delayAt = (tick: number): number => {
    for (let delay = 0; delay < 9; delay++) if (heard[tick] === String(((tick - delay) % 9) + 1)) return delay
    return -1
  }
  expect(delayAt(100)).toBeGreaterThanOrEqual(3)
  expect(delayAt(1_199)).toBe(1)
  expect(jitter.counts.skipped).toBeGreaterThan(0)
})

test('a packet that comes once more does not make the delay longer', () => {
  const jitter = adaptive()
  for (let tick = 0; tick < 20; tick++) {
    jitter.put(tick * frame, samplesOf(1))
    takeAll(jitter, 1)
    if (tick >= 8) jitter.put((tick - 5) * frame, samplesOf(1))
  }
  expect(jitter.counts).toEqual({ late: 0, duplicate: 12, skipped: 0 })
  expect(takeAll(jitter, 2)).toEqual(['1', '.'])
})

test('a delay grows to its limit only; what is later than that is late', () => {
  const jitter = adaptive()
  through(jitter, 60, (packet) => (packet > 10 && packet % 5 === 0 ? 14 : 0))
  expect(jitter.counts.late).toBeGreaterThan(3)
})
