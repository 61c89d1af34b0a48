import { Type } from 'typebox'
import { textOf } from '../base/index.ts'
import { child, defineAction } from '../callflow/index.ts'

export const afterBridge = defineAction({
  module: 'after_bridge',
  summary: 'Says what becomes of the caller when a later conversation is over: parked, transferred or hung up.',
  source: 'KAZOO cf_after_bridge.erl; schema callflows.after_bridge',
  data: Type.Object({
    action: Type.Optional(
      Type.Enum(['park', 'transfer', 'hangup'], { description: 'What becomes of the caller; nothing special without' }),
    ),
    data: Type.Optional(
      Type.Union([Type.Boolean(), Type.String({ maxLength: 128 })], {
        description: 'Of `transfer`: the number; of the others: false takes it back',
      }),
    ),
  }),
  children: {},
  example: {
    module: 'after_bridge',
    data: { action: 'transfer', data: '2030' },
    children: { _: { module: 'device', data: { id: 'front-desk' } } },
  },
  async run({ action, data }, { call }) {
    const number = textOf(data)
    if (action === undefined || data === false) call.variables.afterConversation = undefined
    else if (action !== 'transfer') call.variables.afterConversation = { do: action }
    else if (number !== undefined) call.variables.afterConversation = { do: 'transfer', number }
    return child()
  },
})
