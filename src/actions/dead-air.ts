import { Type } from 'typebox'
import { aborted } from '../base/index.ts'
import { defineAction, stop } from '../callflow/index.ts'

export const deadAir = defineAction({
  module: 'dead_air',
  summary: 'Answers and stays silent until the caller hangs up.',
  source: 'KAZOO cf_dead_air.erl; schema callflows.dead_air',
  data: Type.Object({}),
  children: {},
  example: { module: 'dead_air', data: {} },
  async run(_data, { call, signal }) {
    await call.leg.answer()
    await aborted(signal)
    return stop()
  },
})
