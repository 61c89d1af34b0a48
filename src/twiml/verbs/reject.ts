import Type from 'typebox'
import { playAsPrompt } from '../playing.ts'
import { defineVerb } from '../verb.ts'
import { playedMedia } from './play.ts'

/** What the caller is refused with, and what later requests say of the call. */
const answers = {
  busy: { sipStatus: 486, reason: 'Busy Here', callStatus: 'busy' },
  rejected: { sipStatus: 603, reason: 'Decline', callStatus: 'no-answer' },
} as const

/**
 * Differs from KAZOO, which refuses with 503: a carrier takes that for a broken route and tries the next.
 * A call that is already answered is hung up.
 */
export const reject = defineVerb({
  name: 'Reject',
  summary: 'Refuses a call that is not answered yet: as busy (486) or as rejected (603).',
  source: 'Twilio <Reject>; KAZOO kzt_twiml.erl',
  attributes: Type.Object({
    reason: Type.Enum(['rejected', 'busy'], { default: 'rejected', description: 'What the caller is told' }),
    prompt: Type.Optional(Type.String({ description: 'Media played before, without answering (KAZOO)' })),
  }),
  codes: { reason: 13810 },
  content: 'nothing',
  example: '<Reject reason="busy"/>',
  isLast: true,
  async run({ reason, prompt = '' }, element, context) {
    const { call, signal, state } = context
    const source = playedMedia(prompt.trim(), context)
    if (source !== undefined) await playAsPrompt(source, 1, element, context, signal)
    const { sipStatus, reason: phrase, callStatus } = answers[reason]
    state.callStatus = callStatus
    if (call.leg.state === 'answered') return { end: 'hangUp', cause: 'NORMAL_CLEARING' }
    return { end: 'reject', sipStatus, reason: phrase }
  },
})
