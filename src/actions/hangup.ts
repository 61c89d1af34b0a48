import { Type } from 'typebox'
import { defineAction, hangUp } from '../callflow/index.ts'

export const hangup = defineAction({
  module: 'hangup',
  summary: 'Ends the call, also when another callflow branched here. An unanswered call is refused.',
  source: 'KAZOO cf_hangup.erl; schema callflows.hangup',
  data: Type.Object({}),
  children: {},
  example: { module: 'hangup', data: {} },
  async run() {
    return hangUp()
  },
})
