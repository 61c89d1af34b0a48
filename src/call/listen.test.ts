import { expect, test } from 'vitest'
import { never, VirtualClock } from '../base/index.ts'
import { answerWith, prepareAhead, type Leg, type MediaSource } from './index.ts'

const welcome: MediaSource = { kind: 'url', url: 'https://media.example/welcome.mp3' }

/** A leg that only prepares and answers; its sound is there after `preparingMs`. */
function legWith(clock: VirtualClock, preparingMs: number, state: Leg['state'] = 'ringing') {
  const story: string[] = []
  return {
    story,
    leg: {
      state,
      prepare: async (_source: MediaSource, signal: AbortSignal): Promise<void> => {
        story.push(`${clock.now()} prepares`)
        await clock.sleep(preparingMs, signal)
      },
      answer: async (): Promise<void> => {
        story.push(`${clock.now()} answers`)
      },
    },
  }
}

test('a caller is answered when the sound is there', async () => {
  const clock = new VirtualClock(0)
  const { leg, story } = legWith(clock, 400)
  const answering = answerWith(welcome, { call: { leg }, clock, signal: never })
  await clock.advance(400)
  await answering
  expect(story).toEqual(['0 prepares', '400 answers'])
})

test('a sound that is long in coming does not keep the caller waiting for the answer', async () => {
  const clock = new VirtualClock(0)
  const { leg, story } = legWith(clock, 20_000)
  const answering = answerWith(welcome, { call: { leg }, clock, signal: never })
  await clock.advance(3_000)
  await answering
  expect(story).toEqual(['0 prepares', '3000 answers'])
})

test('an answered caller waits for nothing here', async () => {
  const clock = new VirtualClock(0)
  const { leg, story } = legWith(clock, 400, 'answered')
  await answerWith(welcome, { call: { leg }, clock, signal: never })
  expect(story).toEqual(['0 answers'])
})

test('a caller who goes meanwhile is not answered', async () => {
  const clock = new VirtualClock(0)
  const gone = new AbortController()
  const { leg, story } = legWith(clock, 400)
  const answering = answerWith(welcome, { call: { leg }, clock, signal: gone.signal })
  gone.abort(new Error('gone'))
  await expect(answering).rejects.toThrow('gone')
  expect(story).toEqual(['0 prepares'])
})

test('only the next few sounds are opened ahead', () => {
  const clock = new VirtualClock(0)
  const { leg, story } = legWith(clock, 400)
  prepareAhead(leg, [welcome, welcome, welcome, welcome], never)
  expect(story).toHaveLength(3)
})
