import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

export const answer = defineAction({
  module: 'answer',
  summary: 'Answers the call, in silence. An answered call stays as it is.',
  source: 'KAZOO cf_answer.erl; schema callflows.answer',
  data: Type.Object({}),
  children: {},
  example: { module: 'answer', data: {}, children: { _: { module: 'sleep', data: { duration: 2 } } } },
  async run(_data, { call }) {
    await call.leg.answer()
    return child()
  },
})
