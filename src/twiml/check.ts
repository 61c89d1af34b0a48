import { childrenOf, strayText, type TwimlElement } from './document.ts'
import { meant, vocabulary, type Values } from './vocabulary.ts'
import { codes, type Warn } from './warnings.ts'

/** Warns of attributes whose names or values the vocabulary does not know. */
export function checkAttributes(element: TwimlElement, warn: Warn): void {
  for (const [name, text] of Object.entries(element.attributes)) {
    const values = vocabulary.get(element.name)?.attributes.get(name)
    const at = element.places[name] ?? element
    if (values === undefined) warn(at, codes.schema, unknownAttribute(element, name))
    else if (!fits(values, text))
      warn(at, codes.schema, `${name}="${excerpt(text)}" of ${tag(element)} ${must(values)}`)
  }
}

/** What to say of an attribute that `element` does not have. */
export function unknownAttribute(element: TwimlElement, name: string): string {
  const known = vocabulary.get(element.name)?.attributes.keys() ?? []
  return `${tag(element)} has no attribute ${excerpt(name)}${suggestion(meant(name, known))}: it is ignored`
}

/** What to say of an element that nobody knows. */
export function unknownElement({ name }: TwimlElement): string {
  const known = meant(name, vocabulary.keys())
  return `there is no <${excerpt(name)}>${suggestion(known === undefined ? undefined : `<${known}>`)}: it is skipped`
}

/** Warns of text in `element` that nobody reads. */
export function checkText(element: TwimlElement, warn: Warn): void {
  const text = strayText(element)
  if (text === undefined || vocabulary.get(element.name)?.holdsText === true) return
  warn(text, codes.schema, `text in ${tag(element)} is ignored`)
}

/** Warns of elements and text that may not stand in `element`, without looking into the elements. */
export function checkNesting(element: TwimlElement, warn: Warn): void {
  const allowed = vocabulary.get(element.name)
  checkText(element, warn)
  for (const child of childrenOf(element)) {
    if (!vocabulary.has(child.name)) warn(child, nestingCode(element), unknownElement(child))
    else if (allowed?.children.includes(child.name) !== true) {
      warn(child, nestingCode(element), `${tag(child)} cannot stand in ${tag(element)}: it is skipped`)
    }
  }
}

/** Both of the above for everything inside `element`. */
export function checkInside(element: TwimlElement, warn: Warn): void {
  checkNesting(element, warn)
  for (const child of childrenOf(element)) {
    if (!vocabulary.has(child.name)) continue
    checkAttributes(child, warn)
    checkInside(child, warn)
  }
}

function nestingCode({ name }: TwimlElement): number {
  if (name === 'Gather') return codes.gatherNesting
  if (name === 'Dial') return codes.dialNesting
  return name === 'Start' ? codes.startNesting : codes.schema
}

function fits(values: Values, text: string): boolean {
  switch (values.kind) {
    case 'text':
      return true
    case 'number':
      return /^\s*\d+\s*$/.test(text)
    case 'boolean':
      return /^\s*(?:true|false)\s*$/i.test(text)
    case 'oneOf':
      return meant(text.trim(), values.words) !== undefined
    case 'listOf':
      return text
        .trim()
        .split(/[\s,]+/)
        .every((word) => word === '' || meant(word, values.words) !== undefined)
  }
}

function must(values: Values): string {
  switch (values.kind) {
    case 'text':
      return 'must be text'
    case 'number':
      return 'must be a whole number'
    case 'boolean':
      return 'must be true or false'
    case 'oneOf':
      return `must be one of ${values.words.join(', ')}`
    case 'listOf':
      return `must be a list of ${values.words.join(', ')}`
  }
}

const tag = ({ name }: TwimlElement): string => `<${excerpt(name)}>`

const suggestion = (known: string | undefined): string => (known === undefined ? '' : ` (${known} is meant?)`)

/** At most 40 characters of what somebody else wrote. */
export const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text)
