import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

export const noop = defineAction({
  module: 'noop',
  summary: 'Does nothing. Every playback before it is over, since each action waits for its own.',
  source: 'KAZOO cf_noop.erl; schema callflows.noop',
  data: Type.Object({}),
  children: {},
  example: { module: 'noop', data: {}, children: { _: { module: 'hangup', data: {} } } },
  async run() {
    return child()
  },
})
