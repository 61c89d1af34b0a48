import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Call, type MediaSource } from '../call/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { child, defineAction, newRegistry, runFlow, type Flow } from './index.ts'

const sourceOf = (id: string): MediaSource => ({ kind: 'stored', accountId: 'A1', id })

const play = defineAction({
  module: 'play',
  summary: '',
  source: '',
  data: Type.Object({ id: Type.String({ default: 'usual' }) }),
  children: {},
  example: { module: 'play' },
  sounds: ({ id }) => [sourceOf(id)],
  run: async ({ id }, { call, signal }) => {
    await call.leg.play(sourceOf(id), { signal })
    return child()
  },
})
const ask = defineAction({
  module: 'ask',
  summary: '',
  source: '',
  data: Type.Object({}),
  children: {},
  example: { module: 'ask' },
  run: async () => child(),
})

const node = (module: string, data: Flow['data'], next?: Flow): Flow => ({
  module,
  data,
  children: next === undefined ? {} : { _: next },
})

test('while one sound is heard, the next is made ready; what may never be heard is not', async () => {
  const clock = new VirtualClock()
  const party = { user: '100', realm: 'a1.example' }
  const { leg } = simulatedLeg({ clock, from: party, to: party })
  const told: string[] = []
  const prepare = leg.prepare.bind(leg)
  leg.prepare = (source, signal) => {
    told.push(`prepares ${source.kind === 'stored' ? source.id : ''}`)
    return prepare(source, signal)
  }
  const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }
  const call = new Call({
    leg,
    account,
    number: '100',
    clock,
    log: silentLog,
    observers: [
      (event) => {
        if (event.type === 'media.started' && event.media.kind === 'stored') told.push(`plays ${event.media.id}`)
      },
    ],
  })
  const flow = node('play', { id: 'a' }, node('play', {}, node('ask', {}, node('play', { id: 'sorry' }))))
  const over = runFlow(flow, newRegistry([play, ask]), { call, clock, signal: leg.ended, log: silentLog })
  await clock.advance(60_000)
  await over
  expect(told).toEqual([
    'prepares a',
    'prepares usual',
    'plays a',
    'prepares usual',
    'plays usual',
    'prepares sorry',
    'plays sorry',
  ])
})
