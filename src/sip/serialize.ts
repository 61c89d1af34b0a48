export type Header = readonly [name: string, value: string]

/**
 * A whole message as bytes (RFC 3261 section 7). Line ends inside values are made spaces, so that nothing that came
 * from outside can add a header.
 * @param raw lines of text whose characters are bytes, each with its CRLF
 * @param headers of ours; may hold any Unicode
 */
export function serialize(startLine: string, raw: string, headers: readonly Header[], body = ''): Buffer {
  let head = `${asBytes(oneLine(startLine))}\r\n${raw}`
  for (const [name, value] of headers) head += `${name}: ${asBytes(oneLine(value))}\r\n`
  const bytes = asBytes(body)
  return Buffer.from(`${head}Content-Length: ${bytes.length}\r\n\r\n${bytes}`, 'latin1')
}

/** A header value of ours for the `raw` part: one line, one character per byte. */
export function rawValue(value: string): string {
  return asBytes(oneLine(value))
}

/** One character per byte of its UTF-8 form. */
function asBytes(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

function oneLine(value: string): string {
  return lineEnd.test(value) ? value.replace(/[\r\n\0]+/g, ' ') : value
}

const beyondAscii = /[^\0-\x7f]/
const lineEnd = /[\r\n\0]/
