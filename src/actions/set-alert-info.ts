import { Type } from 'typebox'
import { child, defineAction } from '../callflow/index.ts'

export const setAlertInfo = defineAction({
  module: 'set_alert_info',
  summary: 'Says how the phones that are dialled later ring, whatever their devices say.',
  source: 'KAZOO cf_set_alert_info.erl; schema callflows.set_alert_info',
  data: Type.Object({
    alert_info: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The header `Alert-Info` of their calls, e.g. `<http://www.notused.example>;info=Bellcore-dr2`',
    }),
  }),
  children: {},
  example: {
    module: 'set_alert_info',
    data: { alert_info: 'urgent' },
    children: { _: { module: 'user', data: { id: 'ann' } } },
  },
  async run({ alert_info }, { call }) {
    call.variables.alertInfo = alert_info
    call.tell({ type: 'variables.set', variables: { alert_info } })
    return child()
  },
})
