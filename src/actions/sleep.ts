import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const longestMs = 86_400_000 // KAZOO's cap: one day.

export const sleep = defineAction({
  module: 'sleep',
  summary: 'Waits in silence, then goes on. Does not answer; keys pressed meanwhile are dropped.',
  source: 'KAZOO cf_sleep.erl; schema callflows.sleep',
  data: Type.Object({
    duration: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: longestMs,
      description: 'How long to wait, in `unit`; never longer than a day',
    }),
    unit: Type.Enum(['ms', 's', 'm', 'h'], { default: 's', description: 'Milliseconds, seconds, minutes or hours' }),
  }),
  children: {},
  example: { module: 'sleep', data: { duration: 3, unit: 's' }, children: { _: { module: 'answer', data: {} } } },
  async run({ duration, unit }, { call, clock, signal }) {
    if (duration === 0) return child()
    await clock.sleep(Math.min(duration * unitMs[unit], longestMs), signal)
    call.leg.takeDigits()
    return child()
  },
})
