import { isElement, type TwimlElement } from './document.ts'
import { isSpeechElement, vocabulary } from './vocabulary.ts'

/** What is to be said, as plain text: white space is one space, `sub` says its alias. */
export function plainText(element: TwimlElement): string {
  return spoken(element).replaceAll(/\s+/g, ' ').trim()
}

function spoken(element: TwimlElement): string {
  if (element.name === 'sub' && element.attributes['alias'] !== undefined) return element.attributes['alias']
  if (element.name === 'break') return ' '
  return element.content.map((part) => (isElement(part) ? spoken(part) : part.text)).join('')
}

/**
 * The speech markup in `element` as a fragment of SSML, or undefined when there is only text. Elements and attributes
 * that are no SSML are left out, so that no provider refuses the rest; their text stays.
 */
export function ssmlOf(element: TwimlElement): string | undefined {
  return element.content.some(isElement) ? inside(element).trim() : undefined
}

function inside(element: TwimlElement): string {
  return element.content.map((part) => (isElement(part) ? markup(part) : escaped(part.text))).join('')
}

function markup(element: TwimlElement): string {
  const { name } = element
  if (!isSpeechElement(name)) return inside(element)
  let attributes = ''
  for (const [attribute, value] of Object.entries(element.attributes)) {
    if (vocabulary.get(name)?.attributes.has(attribute) !== true) continue
    // Twilio's SDK writes the format of a date as `role`.
    const known = name === 'say-as' && attribute === 'role' ? 'format' : attribute
    attributes += ` ${known}="${escaped(value).replaceAll('"', '&quot;')}"`
  }
  const content = inside(element)
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
