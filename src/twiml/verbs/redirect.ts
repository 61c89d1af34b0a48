import Type from 'typebox'
import { isUrl, method } from '../attributes.ts'
import { textOf } from '../document.ts'
import { takeTypedAhead } from '../playing.ts'
import { ask, defineVerb } from '../verb.ts'
import { codes } from '../warnings.ts'
import { setVariables } from './set.ts'

/** Differs from KAZOO, which answers first: a later document may still reject the call. */
export const redirect = defineVerb({
  name: 'Redirect',
  summary: 'Goes on with the document at another URL; no text means this URL again.',
  source: 'Twilio <Redirect>; KAZOO kzt_twiml.erl',
  attributes: Type.Object({ method }),
  codes: { method: 13710 },
  content: 'text and variables',
  example: '<Redirect method="GET">/menu?again=1</Redirect>',
  isLast: true,
  check(_attributes, element, warn) {
    const text = textOf(element)
    if (text !== '' && !isUrl(text)) warn(element, codes.badUrl, '<Redirect> leads to no http or https URL')
  },
  async run({ method }, element, context) {
    setVariables(element, context)
    const typed = takeTypedAhead(context)
    return ask(context, textOf(element), method, typed === '' ? {} : { Digits: typed })
  },
})
