import Type from 'typebox'
import { defineVerb } from '../verb.ts'

/** Differs from both: a call that was not answered is declined (603), not answered to be hung up. */
export const hangup = defineVerb({
  name: 'Hangup',
  summary: 'Ends the call.',
  source: 'Twilio <Hangup>; KAZOO kzt_twiml.erl',
  attributes: Type.Object({}),
  content: 'nothing',
  example: '<Hangup/>',
  isLast: true,
  async run(_attributes, _element, { call, state }) {
    state.callStatus = 'completed'
    if (call.leg.state === 'answered') return { end: 'hangUp', cause: 'NORMAL_CLEARING' }
    return { end: 'reject', sipStatus: 603, reason: 'Decline' }
  },
})
