import Type from 'typebox'
import { defineVerb } from '../verb.ts'

/**
 * Differs from KAZOO, which answers first: as at Twilio a pause before any sound delays the answer, and the caller hears
 * it ring meanwhile. See docs/compatibility.md#pause.
 */
export const pause = defineVerb({
  name: 'Pause',
  summary: 'Waits in silence for `length` seconds; before the answer, the caller hears it ring.',
  source: 'Twilio <Pause>; KAZOO kzt_twiml.erl',
  attributes: Type.Object({
    length: Type.Integer({ default: 1, minimum: 1, maximum: 3600, description: 'Seconds' }),
  }),
  codes: { length: 13910 },
  content: 'nothing',
  example: '<Pause length="3"/>',
  async run({ length }, _element, { call, clock, signal }) {
    call.leg.ring()
    await clock.sleep(length * 1000, signal)
    return 'next'
  },
  async prompt({ length }, _element, { clock }, signal) {
    await clock.sleep(length * 1000, signal)
  },
})
