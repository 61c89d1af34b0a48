import { Type } from 'typebox'
import { child, defineAction, notedCallflows, type Action, type Callflows } from '../callflow/index.ts'
import { branchTo, mayHunt } from './hunt.ts'

export const branchBnumber = (callflows: Callflows): Action =>
  defineAction({
    module: 'branch_bnumber',
    summary:
      "Branches on what the callflow's pattern captured of the number dialled, or runs the callflow of that number.",
    source: 'KAZOO cf_branch_bnumber.erl; schema callflows.branch_bnumber',
    data: Type.Object({
      hunt: Type.Boolean({ default: false, description: 'Run the callflow of the captured number' }),
      hunt_allow: Type.String({ default: '', maxLength: 256, description: 'Numbers that may be hunted; empty = all' }),
      hunt_deny: Type.String({ default: '', maxLength: 256, description: 'Numbers that may not; empty = none' }),
    }),
    children: { '<number>': 'What was captured, when `hunt` is off' },
    example: {
      module: 'branch_bnumber',
      data: { hunt: false },
      children: { '1001': { module: 'play', data: { id: 'sales' } }, _: { module: 'play', data: { id: 'unknown' } } },
    },
    async run({ hunt, hunt_allow, hunt_deny }, { call }) {
      const number = call.variables.captureGroup ?? ''
      if (number === '') return child()
      if (!hunt) return child(number)
      if (!mayHunt(number, { allow: hunt_allow, deny: hunt_deny })) return child()
      const found = await notedCallflows(callflows, call).find(call.account.id, number)
      if (found === undefined || (found.isNoMatch && !call.leg.isAuthorized)) return child()
      return branchTo(found, call)
    },
  })
