import { Failure } from '../base/index.ts'
import { readFlow, type Flow, type Registry } from '../callflow/index.ts'
import { shownUrl, type HttpAnswer } from '../http/index.ts'
import { parseTwiml, type TwimlDocument } from '../twiml/index.ts'
import { readJson } from './json.ts'

/** What a web server wants done. */
export type Answer =
  | { readonly dialect: 'kazoo'; readonly flow: Flow }
  | { readonly dialect: 'twiml'; readonly document: TwimlDocument }
  /** An empty answer to a later request: there is nothing more to do. */
  | { readonly dialect: 'nothing' }
  /** Sound, where it may be. */
  | { readonly dialect: 'sound' }

export interface ReadOptions {
  readonly registry: Registry
  /** Whether no body is an answer too. */
  readonly mayBeEmpty: boolean
  /** Whether sound is an answer. */
  readonly mayBeSound?: boolean
}

/**
 * Reads what came back: which translator by content type, and by the first character where frameworks send none that
 * says anything.
 *
 * @throws HTTP_STATUS · PIVOT_BODY_EMPTY · PIVOT_CONTENT_TYPE · PIVOT_CHARSET · PIVOT_JSON_INVALID with `line:column` ·
 *   FLOW_INVALID with JSON paths · TWIML_INVALID with `line:column` · TWIML_TOO_LARGE
 * @source KAZOO pivot_call.erl, process_resp/4; docs/compatibility.md#pivot-answers for where we differ
 */
export function readAnswer(answer: HttpAnswer, { registry, mayBeEmpty, mayBeSound = false }: ReadOptions): Answer {
  const { status, body, headers } = answer
  const url = shownUrl(answer.url)
  if (status < 200 || status > 299) throw new Failure('HTTP_STATUS', { url, status })
  if (isEmpty(body)) {
    if (mayBeEmpty) return { dialect: 'nothing' }
    throw new Failure('PIVOT_BODY_EMPTY', { url, status })
  }
  const { type, charset } = readContentType(headers['content-type'])
  if (mayBeSound && type.startsWith('audio/')) return { dialect: 'sound' }
  const declared = dialectOf(type)
  if (declared === undefined) throw new Failure('PIVOT_CONTENT_TYPE', { url, contentType: type })
  const text = decode(body, charset, url)
  const dialect = declared === 'either' ? sniff(text) : declared
  if (dialect === undefined) throw new Failure('PIVOT_CONTENT_TYPE', { url, contentType: type })
  if (dialect === 'twiml') return { dialect, document: parseTwiml(text, { url }) }
  const json = readJson(text)
  if ('problem' in json) throw new Failure('PIVOT_JSON_INVALID', { url, ...json })
  return { dialect, flow: readFlow(json.value, registry, { as: 'reply' }) }
}

const isEmpty = (body: Uint8Array): boolean =>
  body.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)

/** RFC 9110 section 8.3: type and parameter names in any case, the charset perhaps in quotes. */
function readContentType(header = ''): { readonly type: string; readonly charset: string | undefined } {
  const [type = '', ...parameters] = header.split(';')
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i.exec(text)?.[1]).find(Boolean)
  return { type: type.trim().toLowerCase(), charset }
}

function dialectOf(type: string): 'kazoo' | 'twiml' | 'either' | undefined {
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'kazoo'
  if (type === 'text/xml' || type === 'application/xml' || type.endsWith('+xml')) return 'twiml'
  return ['text/html', 'text/plain', ''].includes(type) ? 'either' : undefined
}

function sniff(text: string): 'kazoo' | 'twiml' | undefined {
  const first = text.trimStart()[0]
  return first === '<' ? 'twiml' : first === '{' ? 'kazoo' : undefined
}

/** By byte order mark, else by the charset of the header, else by the XML declaration, else UTF-8. */
function decode(body: Uint8Array, declared: string | undefined, url: string): string {
  const start = Buffer.from(body.subarray(0, 200)).toString('latin1')
  const inXml = /^<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1]
  const charset = byteOrder(body) ?? declared ?? inXml ?? 'utf-8'
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body)
  } catch (cause) {
    throw new Failure('PIVOT_CHARSET', { url, charset }, { cause })
  }
}

function byteOrder([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}
