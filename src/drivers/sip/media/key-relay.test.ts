import { expect, test } from 'vitest'
import type { KeyHeard } from '../../../rtp/index.ts'
import { KeyRelay } from './key-relay.ts'

const heard = (key: string, frames: number, told: Partial<KeyHeard> = {}): KeyHeard => ({
  key,
  isNew: false,
  durationSamples: frames * 160,
  isEnd: false,
  ...told,
})

/** One letter a frame: the key, `!` where it begins, `e` at its end, `.` for ordinary audio. `arrivals` by frame. */
function story(arrivals: Readonly<Record<number, readonly KeyHeard[]>>, frames: number): string {
  const relay = new KeyRelay()
  let told = ''
  for (let frame = 0; frame < frames; frame++) {
    for (const one of arrivals[frame] ?? []) relay.hear(one)
    const sent = relay.next()
    if (sent === 'audio' || sent === 'over') told += '.'
    else told += sent.isFirst ? '!' : sent.report.isEnd ? 'e' : String(sent.report.event)
  }
  return told
}

test('a key is down for as long as it is heard', () => {
  const [begun, held, ended] = [heard('5', 1, { isNew: true }), heard('5', 4), heard('5', 6, { isEnd: true })]
  expect(story({ 0: [begun], 3: [held], 5: [ended, ended, ended] }, 14)).toBe('!5555eee......')
})

test('a short one is made long enough to be understood', () => {
  expect(story({ 0: [heard('1', 1, { isNew: true, isEnd: true })] }, 8)).toBe('!1eee...')
})

test('a key whose end is lost does not last for ever', () => {
  expect(story({ 0: [heard('1', 1, { isNew: true })] }, 20)).toMatch(/^!1{7,9}eee\.+$/)
})

test('keys that come faster than they can be sent wait for each other', () => {
  const both = ['1', '2'].map((key) => heard(key, 3, { isNew: true, isEnd: true }))
  expect(story({ 0: both }, 18)).toBe('!1eee...!2eee.....')
})

test('the next key ends the one before', () => {
  expect(story({ 0: [heard('1', 1, { isNew: true })], 4: [heard('2', 3, { isNew: true, isEnd: true })] }, 20)).toMatch(
    /^!111eee\.\.\.!2eee\.+$/,
  )
})

test('what waits is limited', () => {
  const many = Array.from({ length: 100 }, () => heard('1', 3, { isNew: true, isEnd: true }))
  expect(story({ 0: many }, 1_000).split('!').length - 1).toBe(32)
})
