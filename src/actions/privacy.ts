import { Type } from 'typebox'
import { child, defineAction, notedCallflows, stop, type Action, type Callflows } from '../callflow/index.ts'
import { branchTo } from './hunt.ts'

const hides = {
  full: { hideName: true, hideNumber: true },
  yes: { hideName: true, hideNumber: true },
  name: { hideName: true, hideNumber: false },
  hide_name: { hideName: true, hideNumber: false },
  number: { hideName: false, hideNumber: true },
  hide_number: { hideName: false, hideNumber: true },
  none: { hideName: false, hideNumber: false },
} as const

export const privacy = (callflows: Callflows): Action =>
  defineAction({
    module: 'privacy',
    summary: 'Hides the caller ID from the legs that are dialled later; as a feature code, dials the number captured.',
    source: 'KAZOO cf_privacy.erl; schema callflows.privacy',
    data: Type.Object({
      mode: Type.Enum(['full', 'yes', 'name', 'hide_name', 'number', 'hide_number', 'none'], {
        default: 'full',
        description: 'What to hide: both (`full`, `yes`), the name, the number, or nothing',
      }),
      endpoint_strategy: Type.Enum(['overwrite', 'merge'], {
        default: 'overwrite',
        description: '`merge` also hides what the endpoint itself wants hidden',
      }),
    }),
    children: {},
    example: { module: 'privacy', data: { mode: 'number' }, children: { _: { module: 'noop', data: {} } } },
    async run({ mode, endpoint_strategy }, { call }) {
      const { variables } = call
      variables.privacy = { ...hides[mode], merge: endpoint_strategy === 'merge' }
      call.tell({ type: 'variables.set', variables: { privacy: mode } })
      const number = variables.captureGroup ?? ''
      if (number === '') return child()
      const found = await notedCallflows(callflows, call).find(call.account.id, number)
      if (found === undefined) return stop()
      variables.requestUser = number
      return branchTo(found, call)
    },
  })
