import Type from 'typebox'
import { mostMembers, usuallyMostMembers } from '../../queues/index.ts'
import { method, recognised, url } from '../attributes.ts'
import { childrenOf, textOf, type TwimlElement } from '../document.ts'
import { takeTypedAhead } from '../playing.ts'
import { longestQueueName } from '../queue/name.ts'
import { stay, type Stay } from '../queue/stay.ts'
import type { Parameters } from '../session.ts'
import { ask, defineVerb, resolveUrl } from '../verb.ts'
import { codes, type Warn } from '../warnings.ts'

const attributes = Type.Object({
  action: url('Who is told how the wait ended; without, the next verb goes on'),
  method,
  waitUrl: url('What the caller hears meanwhile, over and over; empty = silence, absent = music'),
  waitUrlMethod: method,
  maxQueueSize: Type.Integer({
    default: usuallyMostMembers,
    minimum: 1,
    maximum: mostMembers,
    description: 'How many may wait in the queue',
  }),
  workflowSid: recognised('A workflow of Twilio’s TaskRouter'),
})

/**
 * Differs from Twilio: queues are kept in the memory of the process, and TaskRouter is not here. A `waitUrl` whose name is
 * that of a sound file is played without asking with parameters.
 */
export const enqueue = defineVerb({
  name: 'Enqueue',
  summary: 'Lets the caller wait in a queue until somebody takes them out of it with `<Dial><Queue>`.',
  source: 'Twilio <Enqueue>',
  attributes,
  codes: { action: 14203, method: 14201, waitUrl: 14202, waitUrlMethod: 14206 },
  content: 'text',
  example: '<Enqueue waitUrl="/wait" action="/after">support</Enqueue>',
  check({ workflowSid }, element, warn) {
    checkName(element, warn)
    const task = childrenOf(element).find(({ name }) => name === 'Task')
    const at = task ?? element.places['workflowSid']
    if (task !== undefined || workflowSid !== undefined) {
      warn(at ?? element, codes.workflow, 'there is no TaskRouter: calls wait for <Dial><Queue>')
    }
  },
  async run(attributes, element, context) {
    const { call, signal, url, dialling } = context
    takeTypedAhead(context)
    if (dialling === undefined) {
      context.warn(element, codes.schema, '<Enqueue> cannot stand in what somebody hears before being connected')
      return 'next'
    }
    const { action, method, waitUrl, waitUrlMethod, maxQueueSize } = attributes
    const wait =
      waitUrl === undefined
        ? 'music'
        : waitUrl === ''
          ? 'silence'
          : { url: resolveUrl(waitUrl, url), method: waitUrlMethod }
    const ended = await stay(
      { name: textOf(element), wait, mostMembers: maxQueueSize, at: element },
      { ...context, dialling },
    )
    context.log.info('enqueue.ended', { result: ended.result, waitedMs: ended.waitedMs })
    const parameters = parametersOf(ended)
    if (!call.leg.ended.aborted && signal.aborted) {
      // The call has gone elsewhere: what the web server has to say to it no longer counts.
      if (action !== undefined) dialling.tell(call, resolveUrl(action, url), method, parameters)
      signal.throwIfAborted()
    }
    if (action !== undefined) return ask(context, action, method, parameters)
    call.leg.ended.throwIfAborted()
    return 'next'
  },
})

function checkName(element: TwimlElement, warn: Warn): void {
  const { length } = textOf(element)
  if (length === 0) warn(element, codes.queueNameShort, '<Enqueue> names no queue')
  if (length > longestQueueName) {
    warn(element, codes.queueNameLong, `the name of a queue has at most ${longestQueueName} characters`)
  }
}

/** @source Twilio <Enqueue>, parameters of `action`: QueueSid and QueueTime only of a call that was in the queue */
function parametersOf({ result, sid, waitedMs }: Stay): Parameters {
  const QueueTime = String(Math.round((waitedMs ?? 0) / 1000))
  return { QueueResult: result, ...(sid === undefined ? {} : { QueueSid: sid, QueueTime }) }
}
