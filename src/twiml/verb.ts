import type { Static, TObject } from 'typebox'
import type { MediaSource } from '../call/index.ts'
import { attributeReader } from './attributes.ts'
import { checkInside, checkNesting } from './check.ts'
import type { TwimlElement } from './document.ts'
import type { DocumentEnd, Method, Parameters, VerbContext } from './session.ts'
import type { Warn } from './warnings.ts'

/** What a verb sees: the context of its document, and where to say what is wrong with it. */
export interface RunContext extends VerbContext {
  readonly warn: Warn
}

/** What comes after a verb: the next one, or the end of the document. */
export type Then = 'next' | DocumentEnd

/**
 * What stands between the tags. `prompts` are verbs that are played while digits are awaited, `nouns` whom to call: the
 * verb looks into them itself.
 */
type Content = 'nothing' | 'text' | 'speech' | 'prompts' | 'nouns' | 'variables' | 'text and variables'

/** A TwiML verb as data: what it is called, what it may say, what it does. */
export interface VerbDefinition<S extends TObject> {
  readonly name: string
  readonly summary: string
  /** Where its behaviour is written down: Twilio's page and KAZOO's module. */
  readonly source: string
  readonly attributes: S
  /** Twilio's codes for bad values of attributes; 12200 where there is none. */
  readonly codes?: Readonly<Partial<Record<keyof Static<S> & string, number>>>
  readonly content: Content
  readonly example: string
  /** Nothing after it in the document is ever run. */
  readonly isLast?: boolean
  /** What can be wrong besides single attributes. */
  check?(attributes: Static<S>, element: TwimlElement, warn: Warn): void
  /** What it will have the caller hear, in order, as far as the document says so: opened ahead of its turn. */
  sounds?(attributes: Static<S>, element: TwimlElement, context: RunContext): readonly MediaSource[]
  run(attributes: Static<S>, element: TwimlElement, context: RunContext): Promise<Then>
  /** What it does inside a Gather: plays until `signal` aborts, and leaves the digits alone. */
  prompt?(attributes: Static<S>, element: TwimlElement, context: RunContext, signal: AbortSignal): Promise<void>
}

/** A verb that can be checked and carried out without knowing its attributes. */
export interface Verb {
  readonly name: string
  readonly summary: string
  readonly source: string
  readonly attributes: TObject
  readonly content: Content
  readonly example: string
  readonly isLast: boolean
  /** Warns of all that can be known to be wrong without a call; looks into the element, but not into its prompts. */
  check(element: TwimlElement, warn: Warn): void
  /** Opened ahead of its turn; nothing is warned of. */
  sounds(element: TwimlElement, context: RunContext): readonly MediaSource[]
  run(element: TwimlElement, context: RunContext): Promise<Then>
  readonly prompt: ((element: TwimlElement, context: RunContext, signal: AbortSignal) => Promise<void>) | undefined
}

/** Makes a verb whose attributes are read, defaulted and warned of before it runs. */
export function defineVerb<S extends TObject>(definition: VerbDefinition<S>): Verb {
  const readAttributes = attributeReader(definition.name, definition.attributes, definition.codes ?? {})
  const read = (element: TwimlElement, warn: Warn): Static<S> => {
    const attributes = readAttributes(element, warn)
    if (definition.content === 'prompts' || definition.content === 'nouns') checkNesting(element, warn)
    else checkInside(element, warn)
    definition.check?.(attributes, element, warn)
    return attributes
  }
  const { name, summary, source, attributes, content, example, isLast = false } = definition
  return {
    name,
    summary,
    source,
    attributes,
    content,
    example,
    isLast,
    check: (element, warn) => void read(element, warn),
    sounds: (element, context) => definition.sounds?.(readAttributes(element, silently), element, context) ?? [],
    run: async (element, context) => definition.run(read(element, context.warn), element, context),
    prompt:
      definition.prompt === undefined
        ? undefined
        : async (element, context, signal) =>
            definition.prompt?.(read(element, context.warn), element, context, signal),
  }
}

const silently: Warn = () => undefined

/** Makes the beginning of a verb part of the call's story. */
export function tellStarted({ name, line, column }: TwimlElement, { call }: RunContext): void {
  call.tell({ type: 'verb.started', verb: name, line, column })
}

/** Asks the web server at `reference`, relative to the document; nothing means the document's own address. */
export function ask(
  { url }: VerbContext,
  reference: string | undefined,
  method: Method,
  parameters: Parameters,
): DocumentEnd {
  return { end: 'ask', url: resolveUrl(reference, url), method, parameters }
}

/**
 * A URL of a document as RFC 3986 resolves it. What is no URL is given back as it is, so that the request fails by name.
 */
export function resolveUrl(reference: string | undefined, base: string): string {
  const text = reference?.trim() ?? ''
  if (text === '') return base
  return URL.canParse(text, base) ? new URL(text, base).href : text
}
