import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'
import { normalName } from './variable-path.ts'

/** KAZOO knows these two; everything else belongs in `set_variables`. */
const known = ['call_priority', 'group_id']

export const setVariable = defineAction({
  module: 'set_variable',
  summary: 'Sets one of the channel variables `call_priority` and `group_id`.',
  source: 'KAZOO cf_set_variable.erl; schema callflows.set_variable',
  data: Type.Object({
    variable: Type.Optional(
      Type.String({ description: '`call_priority` or `group_id`; another name is left out with a warning' }),
    ),
    value: Type.Optional(Type.String({ maxLength: 1024, description: 'The value; an empty one sets nothing' })),
    channel: Type.Enum(['a', 'both'], {
      default: 'a',
      description: '`both` hands it on to the legs that are dialled later',
    }),
  }),
  children: {},
  example: {
    module: 'set_variable',
    data: { variable: 'call_priority', value: '10' },
    children: { _: { module: 'branch_variable', data: { variable: 'Call-Priority' } } },
  },
  async run({ variable = '', value = '', channel }, { call, log }) {
    const name = normalName(variable)
    if (!known.includes(name) || value === '') {
      log.warn('set-variable.ignored', { variable, isEmpty: value === '' })
      return child()
    }
    call.variables.channel.set(name, value)
    if (channel === 'both') call.variables.exported.add(name)
    call.tell({ type: 'variables.set', variables: { [name]: value } })
    return child()
  },
})
