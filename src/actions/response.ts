import { Type } from 'typebox'
import { causeOfSipStatus, isHangupCause, mediaSource } from '../call/index.ts'
import { defineAction, stop } from '../callflow/index.ts'
import { mediaScope, playIfPossible } from './playback.ts'

const longestReason = 100

export const response = defineAction({
  module: 'response',
  summary:
    'Refuses the call with a SIP status, after an optional sound before the answer; an answered call is hung up.',
  source: 'KAZOO cf_response.erl; schema callflows.response',
  data: Type.Object({
    code: Type.Integer({ default: 486, minimum: 300, maximum: 699, description: 'The SIP status' }),
    message: Type.Optional(
      Type.String({ maxLength: 1024, description: 'The reason phrase, or a hang-up cause (`USER_BUSY`)' }),
    ),
    media: Type.Optional(Type.String({ maxLength: 2048, description: 'Played first; as in `play.id`' })),
  }),
  children: {},
  example: { module: 'response', data: { code: 486, message: 'User Busy' } },
  async run({ code, message, media }, context) {
    const { leg } = context.call
    const source = mediaSource(media, mediaScope(context))
    if (source !== undefined) await playIfPossible(context, [source])
    if (leg.state === 'answered') {
      await leg.hangup(message !== undefined && isHangupCause(message) ? message : causeOfSipStatus(code))
    } else {
      await leg.reject(code, reasonOf(message))
    }
    return stop()
  },
})

/** A reason phrase that is one line (RFC 3261 section 25.1: no CR, no LF). */
function reasonOf(message: string | undefined): string | undefined {
  const line = message?.replace(/\p{Cc}+/gu, ' ').trim()
  return line === undefined || line === '' ? undefined : line.slice(0, longestReason)
}
