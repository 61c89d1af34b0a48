import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { Failure } from '../base/index.ts'
import { codeOf } from './connect.ts'

export const encodings = 'gzip, deflate, br'

const undo = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  /** RFC 9110 section 8.4.1.2 means zlib's format, but servers exist that send the bare stream. */
  deflate: async (body: Uint8Array, options: { maxOutputLength: number }): Promise<Uint8Array> =>
    ((body[0] ?? 0) & 0x0f) === 8 ? promisify(inflate)(body, options) : promisify(inflateRaw)(body, options),
}

const isKnown = (name: string): name is keyof typeof undo => Object.hasOwn(undo, name)

/**
 * Undoes the content encodings of an answer, the last applied first, never growing past `mostBytes`.
 *
 * @throws HTTP_ENCODING · HTTP_BODY_TOO_LARGE
 */
export async function decodeBody(
  body: Uint8Array,
  contentEncoding: string | undefined,
  { url, mostBytes }: { readonly url: string; readonly mostBytes: number },
): Promise<Uint8Array> {
  const applied = (contentEncoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  if (body.length === 0) return body
  if (applied.length > 3) throw new Failure('HTTP_ENCODING', { url, encoding: applied.slice(0, 10).join(', ') })
  let decoded = body
  for (const encoding of applied.reverse()) {
    if (!isKnown(encoding)) throw new Failure('HTTP_ENCODING', { url, encoding })
    try {
      decoded = await undo[encoding](decoded, { maxOutputLength: mostBytes })
    } catch (cause) {
      if (codeOf(cause) === 'ERR_BUFFER_TOO_LARGE')
        throw new Failure('HTTP_BODY_TOO_LARGE', { url, mostBytes }, { cause })
      throw new Failure('HTTP_ENCODING', { url, encoding }, { cause })
    }
  }
  return decoded
}
