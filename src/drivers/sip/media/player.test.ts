import { expect, test } from 'vitest'
import { encodeG711 } from '../../../media/index.ts'
import { Player } from './player.ts'
import { Prompts } from './prompts.ts'

const audio = (
  key: string,
  samples: number,
): { key: string; samples: Int16Array; durationMs: number; endless: boolean } => ({
  key,
  samples: Int16Array.from({ length: samples }, (_, i) => (i * 37) % 8_000),
  durationMs: samples / 8,
  endless: false,
})

function hear(player: Player, frames: number): Uint8Array {
  const heard = new Uint8Array(frames * 160)
  for (let i = 0; i < frames; i++) player.next(heard.subarray(i * 160, i * 160 + 160), 0xff)
  return heard
}

test('what is heard is the prompt, byte for byte, then silence', () => {
  const sound = encodeG711(audio('a', 400).samples, 'pcmu')
  const player = new Player(1, sound, 1)
  const heard = hear(player, 3)
  expect(heard.subarray(0, 400)).toEqual(sound)
  expect(heard.subarray(400)).toEqual(new Uint8Array(80).fill(0xff))
  expect(player.isOver).toBe(true)
})

test('repetitions follow each other without a gap', () => {
  const sound = encodeG711(audio('a', 200).samples, 'pcma')
  const heard = hear(new Player(1, sound, 2), 3)
  expect(heard.subarray(0, 400)).toEqual(Uint8Array.from([...sound, ...sound]))
})

test('a sound of no length is over at once, however often it is wanted', () => {
  expect(new Player(1, new Uint8Array(0), Infinity).isOver).toBe(true)
})

test('the same sound is encoded once for each law', () => {
  const prompts = new Prompts()
  const first = prompts.encoded(audio('a', 160), 'pcmu')
  expect(first.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(prompts.encoded(audio('a', 160), 'pcmu')).toBe(first)
  expect(prompts.encoded(audio('a', 160), 'pcma')).not.toBe(first)
})

test('when there is too much, what was used least recently is forgotten', () => {
  const prompts = new Prompts(320)
  const [a, b] = [prompts.encoded(audio('a', 160), 'pcmu'), prompts.encoded(audio('b', 160), 'pcmu')]
  prompts.encoded(audio('a', 160), 'pcmu')
  prompts.encoded(audio('c', 160), 'pcmu')
  expect(prompts.encoded(audio('a', 160), 'pcmu')).toBe(a)
  expect(prompts.encoded(audio('b', 160), 'pcmu')).not.toBe(b)
})
