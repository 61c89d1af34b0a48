import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

const longestPrefix = 128

export const prependCid = defineAction({
  module: 'prepend_cid',
  summary: 'Puts something before the caller ID shown to the legs that are dialled later.',
  source: 'KAZOO cf_prepend_cid.erl; schema callflows.prepend_cid',
  data: Type.Object({
    action: Type.Enum(['prepend', 'reset'], { default: 'prepend', description: '`reset` takes all prefixes away' }),
    apply_to: Type.Enum(['current', 'original'], {
      default: 'current',
      description: '`current` puts it before the prefixes already there, `original` replaces them',
    }),
    caller_id_name_prefix: Type.String({ default: '', maxLength: longestPrefix, description: 'Before the name' }),
    caller_id_number_prefix: Type.String({ default: '', maxLength: longestPrefix, description: 'Before the number' }),
  }),
  children: {},
  example: {
    module: 'prepend_cid',
    data: { caller_id_name_prefix: 'VIP ' },
    children: { _: { module: 'noop', data: {} } },
  },
  async run({ action, apply_to, caller_id_name_prefix, caller_id_number_prefix }, { call }) {
    const { variables } = call
    const prefixed = (prefix: string, before: string): string => {
      if (action === 'reset') return ''
      return (apply_to === 'original' ? prefix : prefix + before).slice(0, longestPrefix)
    }
    variables.prependName = prefixed(caller_id_name_prefix, variables.prependName)
    variables.prependNumber = prefixed(caller_id_number_prefix, variables.prependNumber)
    call.tell({
      type: 'variables.set',
      variables: { caller_id_name_prefix: variables.prependName, caller_id_number_prefix: variables.prependNumber },
    })
    return child()
  },
})
