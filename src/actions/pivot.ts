import { defineAction, type Action } from '../callflow/index.ts'
import { openPivot, pivotData, type PivotPorts } from '../pivot/index.ts'

export function pivot(ports: PivotPorts): Action {
  const run = openPivot(ports)
  return defineAction({
    module: 'pivot',
    summary: 'Asks a web server what to do and does it: callflow JSON or TwiML.',
    source: 'KAZOO cf_pivot.erl, pivot_call.erl; schema callflows.pivot',
    data: pivotData,
    children: { _: 'no document could be had or carried out, for any reason' },
    example: {
      module: 'pivot',
      data: { voice_url: 'https://shop.example/voice', method: 'post', req_format: 'kazoo' },
      children: { _: { module: 'play', data: { id: 'sorry' } } },
    },
    run,
  })
}
