import { expect, test } from 'vitest'
import { Failure, never } from '../../base/index.ts'
import type { Audio, MediaSource } from '../../call/index.ts'
import { PreparedSound } from './prepared-sound.ts'

const sourceOf = (id: string): MediaSource => ({ kind: 'stored', accountId: 'A1', id })

/** A library that counts what it is asked for, and has everything but `missing`. */
function library() {
  const asked: string[] = []
  const open = async (source: MediaSource): Promise<Audio> => {
    const id = source.kind === 'stored' ? source.id : ''
    asked.push(id)
    if (id === 'missing') throw new Failure('MEDIA_NOT_FOUND', { source: id })
    return { key: id, samples: new Int16Array(1), durationMs: 0, endless: false }
  }
  return { asked, sound: new PreparedSound({ open }) }
}

test('what was prepared is opened once, for one play', async () => {
  const { asked, sound } = library()
  await sound.prepare(sourceOf('a'), never, never)
  await sound.prepare(sourceOf('a'), never, never)
  expect((await sound.open(sourceOf('a'), never)).key).toBe('a')
  expect(asked).toEqual(['a'])
  await sound.open(sourceOf('a'), never)
  expect(asked).toEqual(['a', 'a'])
})

test('what cannot be had is found out by the play, without asking again', async () => {
  const { asked, sound } = library()
  await sound.prepare(sourceOf('missing'), never, never)
  await expect(sound.open(sourceOf('missing'), never)).rejects.toMatchObject({ code: 'MEDIA_NOT_FOUND' })
  expect(asked).toEqual(['missing'])
})

test('of too many, the first are let go', async () => {
  const { asked, sound } = library()
  for (const id of '123456789') await sound.prepare(sourceOf(id), never, never)
  asked.length = 0
  await sound.open(sourceOf('1'), never)
  await sound.open(sourceOf('2'), never)
  expect(asked).toEqual(['1'])
})

test('whoever is no longer interested does not wait', async () => {
  const sound = new PreparedSound({ open: () => new Promise(() => undefined) })
  const stop = new AbortController()
  const waiting = sound.prepare(sourceOf('a'), stop.signal, never)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})
