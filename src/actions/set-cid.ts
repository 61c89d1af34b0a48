import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

export const setCid = defineAction({
  module: 'set_cid',
  summary: 'Replaces the caller ID shown to the legs that are dialled later.',
  source: 'KAZOO cf_set_cid.erl; schema callflows.set_cid',
  data: Type.Object({
    caller_id_name: Type.String({ default: '', maxLength: 128, description: 'The name; empty = no longer replaced' }),
    caller_id_number: Type.String({
      default: '',
      maxLength: 128,
      description: 'The number; empty = no longer replaced',
    }),
  }),
  children: {},
  example: {
    module: 'set_cid',
    data: { caller_id_name: 'Pizzeria', caller_id_number: '+41445556677' },
    children: { _: { module: 'noop', data: {} } },
  },
  async run({ caller_id_name, caller_id_number }, { call }) {
    call.variables.rewriteName = caller_id_name
    call.variables.rewriteNumber = caller_id_number
    call.tell({ type: 'variables.set', variables: { caller_id_name, caller_id_number } })
    return child()
  },
})
