import Type from 'typebox'
import { method, url } from '../attributes.ts'
import { referred, targetOf } from '../dial/referral.ts'
import { takeTypedAhead } from '../playing.ts'
import { ask, defineVerb } from '../verb.ts'
import { codes, type Warn } from '../warnings.ts'

/**
 * Differs from Twilio: a caller who hangs up after having taken the transfer has been transferred, as most phones do it;
 * Twilio calls that canceled.
 */
export const refer = defineVerb({
  name: 'Refer',
  summary: 'Asks the caller’s phone or carrier to call somebody itself (SIP REFER), and waits for what comes of it.',
  source: 'Twilio <Refer>',
  attributes: Type.Object({
    action: url('Who is told what came of it; without, the next verb goes on'),
    method,
  }),
  codes: { action: codes.badUrl },
  content: 'nouns',
  example: '<Refer action="/referred"><Sip>sip:bob@pbx.example</Sip></Refer>',
  check: (_attributes, element, warn) => void targetOf(element, warn),
  async run({ action, method }, element, context) {
    const { call, dialling } = context
    takeTypedAhead(context)
    const target = targetOf(element, silently)
    if (target === undefined) return 'next'
    if (dialling?.calling.capabilities.transfers !== true) {
      context.warn(element, codes.refer, 'nobody can be referred here: <Refer> is skipped')
      return 'next'
    }
    const result = await referred(target, context)
    context.log.info('refer.ended', { status: result['ReferCallStatus'] })
    if (action !== undefined) return ask(context, action, method, result)
    call.leg.ended.throwIfAborted()
    return 'next'
  },
})

const silently: Warn = () => undefined
