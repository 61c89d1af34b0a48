import { Type } from 'typebox'
import { aborted } from '../base/index.ts'
import { defineAction, stop } from '../callflow/index.ts'

export const waitForHangup = defineAction({
  module: 'wait_for_hangup',
  summary: 'Waits until the caller hangs up. An unanswered call goes on ringing.',
  source: 'KAZOO cf_wait_for_hangup.erl; schema callflows.wait_for_hangup',
  data: Type.Object({}),
  children: {},
  example: { module: 'wait_for_hangup', data: {} },
  async run(_data, { signal }) {
    await aborted(signal)
    return stop()
  },
})
