import { parseXml, XmlElement, XmlError, XmlText, type XmlDocument } from '@rgrove/parse-xml'
import { Failure } from '../base/index.ts'
import { isElement, type Position, type TwimlDocument, type TwimlElement, type TwimlText } from './document.ts'

/** Twilio's limit of a TwiML document: 64 KiB of UTF-8. */
export const mostBytes = 65_536

/** TwiML nests five deep at most; SSML inside it not much more. */
const deepest = 100

/** Twilio's codes of a document that cannot be carried out at all. */
const codes = { parse: 12100, version: 12101, root: 12102 } as const

type Locate = (offset: number) => Position

/**
 * Reads a TwiML document. A byte order mark is let pass; anything else before an XML declaration is not, as at Twilio.
 * There are no document types and no entities but the five of XML.
 *
 * @param options.url where the document came from, for the failure's details
 * @throws TWIML_TOO_LARGE over 64 KiB · TWIML_INVALID with Twilio's code: 12100 not well-formed, 12101 not XML 1.x,
 * 12102 no `<Response>`
 */
export function parseTwiml(body: string, { url }: { readonly url: string }): TwimlDocument {
  if (Buffer.byteLength(body) > mostBytes) throw new Failure('TWIML_TOO_LARGE', { url, mostBytes })
  const text = body.startsWith('\uFEFF') ? body.slice(1) : body
  const locate = locator(text)
  const invalid = (twilioCode: number, { line, column }: Position, problem: string, cause?: unknown): Failure =>
    new Failure('TWIML_INVALID', { url, twilioCode, at: `${line}:${column}`, problem }, { cause })

  let xml: XmlDocument
  try {
    xml = parseXml(text, { includeOffsets: true, preserveDocumentType: true })
  } catch (error) {
    if (error instanceof RangeError) throw invalid(codes.parse, locate(0), tooDeep, error)
    if (!(error instanceof XmlError)) throw error
    const { code, offset, problem } = explain(error, text)
    throw invalid(code, locate(offset), problem, error)
  }
  const doctype = xml.children.find(({ type }) => type === 'doctype')
  if (doctype !== undefined) throw invalid(codes.parse, locate(doctype.start), 'a document type is not accepted')
  const { root } = xml
  if (root?.name !== 'Response') {
    throw invalid(codes.root, locate(root?.start ?? 0), `the root must be <Response>, not <${root?.name ?? ''}>`)
  }
  const response = readElement(root, text, locate, (at) => invalid(codes.parse, at, tooDeep))
  return { root: response, verbs: response.content.filter(isElement) }
}

const tooDeep = 'elements are nested too deeply'

function readElement(
  element: XmlElement,
  text: string,
  locate: Locate,
  refuse: (at: Position) => Failure,
  depth = 0,
): TwimlElement {
  const { line, column } = locate(element.start)
  if (depth > deepest) throw refuse({ line, column })
  const content: (TwimlText | TwimlElement)[] = []
  for (const child of element.children) {
    if (child instanceof XmlElement) content.push(readElement(child, text, locate, refuse, depth + 1))
    if (child instanceof XmlText) {
      const raw = text.slice(child.start, child.end)
      const { line, column } = locate(child.start + raw.length - raw.trimStart().length)
      content.push({ line, column, text: child.text })
    }
  }
  const places = placesOf(element, text, locate)
  return { line, column, name: element.name, attributes: element.attributes, places, content }
}

/** Where the attributes of a start tag stand, which the XML parser does not say. */
function placesOf(element: XmlElement, text: string, locate: Locate): Record<string, Position> {
  const places: [string, Position][] = []
  const attribute = /\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/y
  attribute.lastIndex = element.start + 1 + element.name.length
  for (let found = attribute.exec(text); found !== null; found = attribute.exec(text)) {
    const [whole, name = ''] = found
    places.push([name, locate(found.index + whole.length - whole.trimStart().length)])
  }
  return Object.fromEntries(places)
}

/** The parser's complaint in the words of somebody who wants to mend the document. */
function explain(error: XmlError, text: string): { code: number; offset: number; problem: string } {
  const [complaint = ''] = error.message.split(' (line ')
  const offset = Array.from(text).slice(0, error.pos).join('').length
  if (complaint.startsWith('Unterminated reference')) {
    return {
      code: codes.parse,
      offset: Math.max(0, text.lastIndexOf('&', offset)),
      problem: 'a bare "&": write "&amp;", in URLs too',
    }
  }
  if (complaint.startsWith('Invalid character in version number')) {
    return { code: codes.version, offset, problem: 'the version of XML must be 1.0' }
  }
  const hint = hints.find(([begin]) => complaint.startsWith(begin))?.[1]
  return { code: codes.parse, offset, problem: hint === undefined ? complaint : `${complaint}: ${hint}` }
}

const hints: readonly (readonly [string, string])[] = [
  ["Named entity isn't defined", 'only &amp; &lt; &gt; &quot; and &apos; have names, write others by number (&#160;)'],
  ["XML declaration isn't allowed here", 'nothing, not even white space, may stand before it'],
  ['Root element is missing or invalid', 'a TwiML document is one <Response> element'],
  ['Extra content at the end', 'a TwiML document is one <Response> element'],
  ['Missing end tag', 'names are case-sensitive, and every element is closed'],
]

function locator(text: string): Locate {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
