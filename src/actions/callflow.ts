import { Type } from 'typebox'
import { Failure } from '../base/index.ts'
import { branch, child, defineAction, notedCallflows, type Action, type Callflows } from '../callflow/index.ts'

export const callflow = (callflows: Callflows): Action =>
  defineAction({
    module: 'callflow',
    summary: 'Runs another callflow of the account; when that one ends without hanging up, goes on here.',
    source: 'KAZOO cf_callflow.erl; schema callflows.callflow',
    data: Type.Object({
      id: Type.Optional(Type.String({ maxLength: 128, description: 'The id of the callflow' })),
    }),
    children: { _: 'The other callflow has ended, or does not exist' },
    example: {
      module: 'callflow',
      data: { id: 'opening-hours' },
      children: { _: { module: 'tts', data: { text: 'Goodbye.' } } },
    },
    async run({ id }, { call }) {
      if (id === undefined || id === '') return child()
      const found = await notedCallflows(callflows, call).get(call.account.id, id)
      if (found === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection: 'callflows', id })
      return branch(found.flow)
    },
  })
