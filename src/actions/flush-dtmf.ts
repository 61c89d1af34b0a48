import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

export const flushDtmf = defineAction({
  module: 'flush_dtmf',
  summary: 'Forgets the digits of a collection; with `default` also those typed ahead.',
  source: 'KAZOO cf_flush_dtmf.erl; schema callflows.flush_dtmf',
  data: Type.Object({
    collection_name: Type.String({ default: 'default', description: 'The collection to forget' }),
  }),
  children: {},
  example: {
    module: 'flush_dtmf',
    data: { collection_name: 'default' },
    children: { _: { module: 'collect_dtmf', data: { max_digits: 4 } } },
  },
  // Differs from KAZOO, which empties a copy and keeps the digits.
  async run({ collection_name }, { call }) {
    call.variables.collections.delete(collection_name)
    if (collection_name === 'default') call.leg.takeDigits()
    return child()
  },
})
