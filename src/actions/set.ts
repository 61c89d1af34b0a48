import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

const mostSkills = 100

export const set = defineAction({
  module: 'set',
  summary: 'Adds the skills that a queue should look for in an agent; every key of the data is one.',
  source: 'KAZOO cf_set.erl; schema callflows.set',
  data: Type.Object({}, { additionalProperties: true }),
  children: {},
  example: {
    module: 'set',
    data: { language: 'de', product: 'billing' },
    children: { _: { module: 'tts', data: { text: 'One moment.' } } },
  },
  async run(data, { call }) {
    for (const [skill, value] of Object.entries(data)) {
      if (call.variables.skills.size < mostSkills) call.variables.skills.set(skill, value)
    }
    call.tell({ type: 'variables.set', variables: { ...data } })
    return child()
  },
})
