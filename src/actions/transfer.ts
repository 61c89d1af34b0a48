import { Type } from 'typebox'
import { asFailure, unlessAborted } from '../base/index.ts'
import { counterpartOf, type Exchange } from '../call/index.ts'
import { child, defineAction, stop, type Action } from '../callflow/index.ts'

export const transfer = (exchange: Exchange): Action =>
  defineAction({
    module: 'transfer',
    summary: 'Sends the caller, or whoever they talk with, to another number of the account.',
    source: 'KAZOO cf_transfer.erl; schema callflows.transfer',
    data: Type.Object({
      target: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'The number' })),
      captures: Type.Array(Type.String({ maxLength: 64 }), {
        default: ['no_match'],
        maxItems: 20,
        description:
          'Without `target`: the named groups of the pattern of the callflow whose text is the number; `no_match` is the number dialled',
      }),
      leg: Type.Optional(
        Type.Enum(['self', 'bleg'], {
          description: 'The caller, or whoever they talk with; the caller when that is nobody',
        }),
      ),
      transfer_type: Type.Enum(['blind', 'attended'], {
        default: 'blind',
        description: 'An attended one is carried out as a blind one: nobody is consulted',
      }),
    }),
    children: { _: 'Nothing answers at the number' },
    example: { module: 'transfer', data: { target: '2030' } },
    async run({ target, captures, leg }, { call, signal, log }) {
      const { captureGroups, captureGroup } = call.variables
      const named = captures.map((name) => (name === 'no_match' ? captureGroup : captureGroups[name]))
      const number = target ?? named.find((text) => text !== undefined && text !== '')
      if (number === undefined) return child()
      const isSelf = (leg ?? (captures[0] === 'no_match' ? 'self' : 'bleg')) === 'self'
      const sent = isSelf ? call : (counterpartOf(call) ?? call)
      try {
        await unlessAborted(exchange.send(sent, number, call), signal)
        return stop()
      } catch (error) {
        if (asFailure(error).code !== 'DOCUMENT_NOT_FOUND') throw error
        log.warn('transfer.nowhere', { pii: { number } })
        return child()
      }
    },
  })
