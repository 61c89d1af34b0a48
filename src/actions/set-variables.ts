import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

const mostVariables = 200

export const setVariables = defineAction({
  module: 'set_variables',
  summary: 'Sets variables of your own; later requests to web servers and the CDR carry them.',
  source: 'KAZOO cf_set_variables.erl; schema callflows.set_variables',
  data: Type.Object({
    custom_application_vars: Type.Record(Type.String(), Type.Unknown(), {
      default: {},
      description: 'Names and values, merged into those already set; `null` takes one away',
    }),
    export: Type.Boolean({ default: false, description: 'Hand them on to the legs that are dialled later' }),
  }),
  children: {},
  example: {
    module: 'set_variables',
    data: { custom_application_vars: { ticket: '42' }, export: true },
    children: { _: { module: 'pivot', data: { voice_url: 'https://shop.example/ticket' } } },
  },
  async run({ custom_application_vars: given, export: isExported }, { call, log }) {
    const { application, exported } = call.variables
    const set: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(given)) {
      if (value === null) {
        application.delete(name)
        exported.delete(name)
      } else if (application.has(name) || application.size < mostVariables) {
        application.set(name, value)
        if (isExported) exported.add(name)
      } else {
        log.warn('set-variables.too-many', { name, mostVariables })
        continue
      }
      set[name] = value
    }
    call.tell({ type: 'variables.set', variables: set })
    return child()
  },
})
