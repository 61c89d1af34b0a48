import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

export const skel = defineAction({
  module: 'skel',
  summary: 'Does nothing: KAZOO’s pattern for actions to come, which some callflows have.',
  source: 'KAZOO cf_skel.erl',
  data: Type.Object({}),
  children: {},
  example: { module: 'skel', data: {}, children: { _: { module: 'hangup', data: {} } } },
  run: async () => child(),
})
