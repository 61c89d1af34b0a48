import type { StoredFile } from '../files/index.ts'
import { rangeOf } from './byte-range.ts'
import type { Asked, RawAnswer } from './route.ts'

/**
 * The content of a file, or the range of it that was asked for (RFC 9110 section 14).
 *
 * @param name what it is to be saved as; its characters are `[A-Za-z0-9._-]`
 * @throws RangeError for a range that the file has nothing of · FILE_UNAVAILABLE
 */
export async function fileAnswer(
  file: StoredFile,
  name: string,
  asked: Pick<Asked, 'header' | 'signal'> & { readonly query: { readonly inline?: boolean } },
): Promise<RawAnswer> {
  const { lengthBytes, contentType } = file
  const range = rangeOf(asked.header('range'), lengthBytes)
  if (range === 'unsatisfiable') throw new RangeError(`the file has ${lengthBytes} bytes`)
  const raw = await file.open(range)
  asked.signal.addEventListener('abort', () => raw.destroy(), { once: true })
  const { first, last } = range ?? { first: 0, last: lengthBytes - 1 }
  return {
    raw,
    contentType,
    ...(range === undefined ? {} : { status: 206 }),
    headers: {
      'accept-ranges': 'bytes',
      'content-length': String(last - first + 1),
      'content-disposition': `${asked.query.inline === true ? 'inline' : 'attachment'}; filename="${name}"`,
      ...(range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${lengthBytes}` }),
    },
  }
}
