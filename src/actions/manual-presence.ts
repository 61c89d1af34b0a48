import { Type } from 'typebox'
import { child, defineAction, type Action, type Documents } from '../callflow/index.ts'

const states = { idle: 'terminated', ringing: 'early', busy: 'confirmed' } as const

export const manualPresence = (documents: Documents): Action =>
  defineAction({
    module: 'manual_presence',
    summary: 'Answers, and keeps how a presence that no phone has is to be shown.',
    source: 'KAZOO cf_manual_presence.erl; schema callflows.manual_presence',
    data: Type.Object({
      presence_id: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 128,
          description: 'Whose: a name, or a name and a realm; what the callflow captured when absent',
        }),
      ),
      status: Type.Enum(['idle', 'ringing', 'busy'], { default: 'idle', description: 'What is shown from now on' }),
    }),
    children: {},
    example: {
      module: 'manual_presence',
      data: { presence_id: 'night-service', status: 'busy' },
      children: { _: { module: 'hangup', data: {} } },
    },
    async run({ presence_id, status }, { call }) {
      await call.leg.answer()
      const name = presence_id ?? call.variables.captureGroup ?? ''
      if (name === '') return child()
      const id = name.includes('@') ? name : `${name}@${call.leg.request.realm}`
      const state = states[status]
      await documents.save(call.account.id, 'presence', { id, presence_id: id, status, state })
      call.tell({ type: 'variables.set', variables: { [`presence[${id}]`]: state } })
      return child()
    },
  })
