import { asFailure } from '../base/index.ts'
import { prepareAhead, type MediaSource } from '../call/index.ts'
import { checkText, unknownElement } from './check.ts'
import type { TwimlDocument, TwimlElement } from './document.ts'
import type { DocumentEnd, VerbContext } from './session.ts'
import { tellStarted, type RunContext, type Then, type Verb } from './verb.ts'
import { verbs } from './verbs/index.ts'
import { vocabulary } from './vocabulary.ts'
import { codes, warnOn } from './warnings.ts'

/**
 * Carries out the verbs of `document`, one after another, until one takes over or none is left. What is wrong with the
 * document is warned of in the call's story and skipped; it never ends the call.
 *
 * @throws the Hangup that is `context.signal`'s reason, when the caller is gone (but see {@link DocumentEnd} for Record and Dial)
 */
export async function runDocument(document: TwimlDocument, context: VerbContext): Promise<DocumentEnd> {
  const inside = runContext(context)
  const { root } = document
  if (document.verbs.length === 0) inside.warn(root, codes.schema, '<Response> has no verbs: the call ends')
  checkText(root, inside.warn)
  for (const [index, element] of document.verbs.entries()) {
    context.signal.throwIfAborted()
    if (context.only?.has(element.name) === false) {
      inside.warn(
        element,
        codes.waitVerb,
        `<${element.name}> cannot be carried out while the caller waits: it is skipped`,
      )
      continue
    }
    prepareSounds(element, document.verbs[index + 1], inside)
    const then = await runVerb(element, inside)
    if (then === 'next') continue
    const unreachable = document.verbs[index + 1]
    if (unreachable !== undefined && verbs.get(element.name)?.isLast === true) {
      inside.warn(unreachable, codes.schema, afterLast(element))
    }
    return then
  }
  return { end: 'finished' }
}

/** What to say of a verb that stands after one that never lets it run. */
export const afterLast = ({ name }: TwimlElement): string => `nothing after <${name}> is ever reached`

/** What to say of a verb that we do not carry out. */
export const whySkipped = (element: TwimlElement): string =>
  vocabulary.get('Response')?.children.includes(element.name) === true
    ? `<${element.name}> is not carried out yet: it is skipped`
    : vocabulary.has(element.name)
      ? `<${element.name}> cannot stand in <Response>: it is skipped`
      : unknownElement(element)

/** Opens what a verb plays, and what the one that follows its sound plays, so that there is no gap between them. */
function prepareSounds(element: TwimlElement, follower: TwimlElement | undefined, context: RunContext): void {
  const soundsOf = (one: TwimlElement | undefined): readonly MediaSource[] =>
    one === undefined ? [] : (verbs.get(one.name)?.sounds(one, context) ?? [])
  const now = soundsOf(element)
  if (now.length > 0) prepareAhead(context.call.leg, [...now, ...soundsOf(follower)], context.signal)
}

async function runVerb(element: TwimlElement, context: RunContext): Promise<Then> {
  const verb = verbs.get(element.name)
  if (verb === undefined) {
    context.warn(element, codes.schema, whySkipped(element))
    return 'next'
  }
  if (!mayStand(element, context)) {
    context.warn(
      element,
      codes.schema,
      `<${element.name}> cannot be carried out while a call waits in a queue: it is skipped`,
    )
    return 'next'
  }
  tellStarted(element, context)
  try {
    return await verb.run(element, context)
  } catch (error) {
    return afterError(error, verb, element, context)
  }
}

/** What may be done while a call waits. @source Twilio <Enqueue>, waitUrl */
const whileWaiting = new Set(['Say', 'Play', 'Pause', 'Gather', 'Redirect', 'Hangup', 'Leave', 'Set'])

const mayStand = ({ name }: TwimlElement, { occasion }: RunContext): boolean =>
  occasion !== 'queue' || whileWaiting.has(name)

/** A verb that failed is over, unless it failed because the caller is gone. */
function afterError(error: unknown, verb: Verb, element: TwimlElement, context: RunContext): Then {
  context.signal.throwIfAborted()
  context.call.leg.ended.throwIfAborted()
  const failure = asFailure(error)
  context.warn(element, codes.internal, `<${verb.name}> failed: ${failure.message}`)
  context.log.error('verb.failed', { verb: verb.name, code: failure.code, fault: failure.fault, error: failure })
  return 'next'
}

function runContext(context: VerbContext): RunContext {
  const { call, clock, signal, log, state, recordings, occasion, dialling, url } = context
  const notify: VerbContext['notify'] = (to, method, parameters) => context.notify(to, method, parameters)
  return { call, clock, signal, log, state, recordings, occasion, dialling, url, notify, warn: warnOn(call) }
}
