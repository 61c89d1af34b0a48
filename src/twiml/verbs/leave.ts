import Type from 'typebox'
import { defineVerb } from '../verb.ts'
import { codes } from '../warnings.ts'

export const leave = defineVerb({
  name: 'Leave',
  summary: 'Lets a call that waits in a queue leave it, and go on after `<Enqueue>`.',
  source: 'Twilio <Leave>',
  attributes: Type.Object({}),
  content: 'nothing',
  example: '<Leave/>',
  isLast: true,
  async run(_attributes, element, { occasion, warn }) {
    if (occasion === 'queue') return { end: 'leave' }
    warn(element, codes.schema, '<Leave> has no effect on a call that waits in no queue: it is skipped')
    return 'next'
  },
})
