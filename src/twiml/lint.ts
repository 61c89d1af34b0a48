import { isFailure } from '../base/index.ts'
import { checkAttributes, checkInside, checkText } from './check.ts'
import { childrenOf, type TwimlElement } from './document.ts'
import { afterLast, whySkipped } from './interpreter.ts'
import { parseTwiml } from './parse.ts'
import { verbs } from './verbs/index.ts'
import { vocabulary } from './vocabulary.ts'
import { codes, type Warn } from './warnings.ts'

export interface Finding {
  readonly line: number
  readonly column: number
  /** Twilio's. */
  readonly code: number
  /** An error is a document that cannot be carried out at all. */
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** Twilio's code of a document over 64 KiB. */
const tooLarge = 11750

/** Everything that can be known to be wrong with a TwiML document without a call, in order of appearance. */
export function lintTwiml(text: string): Finding[] {
  const findings: Finding[] = []
  const warn: Warn = ({ line, column }, code, message) => {
    findings.push({ line, column, code, severity: 'warning', message })
  }
  try {
    const { root } = parseTwiml(text, { url: '' })
    if (childrenOf(root).length === 0) warn(root, codes.schema, '<Response> has no verbs: the call ends')
    checkVerbs(root, warn)
  } catch (error) {
    findings.push(unreadable(error))
  }
  return findings.sort((a, b) => a.line - b.line || a.column - b.column)
}

function checkVerbs(root: TwimlElement, warn: Warn): void {
  checkText(root, warn)
  let last: TwimlElement | undefined
  for (const element of childrenOf(root)) {
    if (last !== undefined) warn(element, codes.schema, afterLast(last))
    checkVerb(element, warn)
    last = verbs.get(element.name)?.isLast === true ? element : undefined
  }
}

function checkVerb(element: TwimlElement, warn: Warn): void {
  const verb = verbs.get(element.name)
  if (verb === undefined) {
    warn(element, codes.schema, whySkipped(element))
    if (!vocabulary.has(element.name)) return
    checkAttributes(element, warn)
    checkInside(element, warn)
    return
  }
  verb.check(element, warn)
  if (verb.content !== 'prompts') return
  for (const child of childrenOf(element)) if (verbs.get(child.name)?.prompt !== undefined) checkVerb(child, warn)
}

function unreadable(error: unknown): Finding {
  if (isFailure(error, 'TWIML_TOO_LARGE')) {
    const message = `the document is larger than ${error.details.mostBytes} bytes`
    return { line: 1, column: 1, code: tooLarge, severity: 'error', message }
  }
  if (!isFailure(error, 'TWIML_INVALID')) throw error
  const { at, twilioCode, problem } = error.details
  const [line = 1, column = 1] = at.split(':').map(Number)
  return { line, column, code: twilioCode, severity: 'error', message: problem }
}
