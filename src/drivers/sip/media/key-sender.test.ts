import { expect, test } from 'vitest'
import { KeySender } from './key-sender.ts'

/** One letter a frame: the key, `!` where it begins, `e` at its end, `.` for ordinary audio. */
function story(keys: string, durationMs: number): string {
  const sender = new KeySender(1, keys, durationMs)
  let told = ''
  for (let i = 0; i < 1_000; i++) {
    const frame = sender.next()
    if (frame === 'over') return told
    if (frame === 'audio') told += '.'
    else told += frame.isFirst ? '!' : frame.report.isEnd ? 'e' : String(frame.report.event)
  }
  return `${told} without end`
}

test('a key is held for its time, and its end is told three times', () => {
  expect(story('5', 100)).toBe('!555eee')
})

test('keys follow each other with a gap, and none comes after the last', () => {
  expect(story('12', 60)).toBe('!1eee...!2eee')
})

test('w is half a second, W a second', () => {
  expect(story('w', 100)).toBe('.'.repeat(25))
  expect(story('W', 100)).toBe('.'.repeat(50))
})

test('what is no key is left out', () => {
  expect(story('x?', 100)).toBe('')
  expect(story('x1', 40)).toBe('!eee')
})

test('the duration rises and stands at the end', () => {
  const sender = new KeySender(1, '#', 60)
  const durations = Array.from({ length: 5 }, () => {
    const frame = sender.next()
    return typeof frame === 'object' ? [frame.report.event, frame.report.duration] : frame
  })
  expect(durations).toEqual([
    [11, 160],
    [11, 320],
    [11, 480],
    [11, 480],
    [11, 480],
  ])
})
