import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

const mostCharacters = 16_384

export const edr = defineAction({
  module: 'edr',
  summary: 'Writes its data into the events of the call, where applications find them.',
  source: 'KAZOO cf_edr.erl; schema callflows.edr',
  data: Type.Object({}, { additionalProperties: true }),
  children: {},
  example: {
    module: 'edr',
    data: { step: 'asked for the order number' },
    children: { _: { module: 'tts', data: { text: 'Thank you.' } } },
  },
  async run(data, { call, log }) {
    const { skip_module: _, ...custom } = { skip_module: undefined, ...data }
    const characters = JSON.stringify(custom).length
    if (characters > mostCharacters) log.warn('edr.too-long', { characters, mostCharacters })
    else {
      const { callerIdName, callerIdNumber, callflowId, ownerId } = call.variables
      call.tell({ type: 'edr.told', data: custom, callerIdName, callerIdNumber, callflowId, ownerId })
    }
    return child()
  },
})
