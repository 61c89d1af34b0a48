/** One range of bytes (RFC 9110 section 14.1.2); several, or other units, are answered with the whole. */
export function rangeOf(
  header: string | undefined,
  lengthBytes: number,
): { readonly first: number; readonly last: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [, from = '', to = ''] = match
  const first = from === '' ? Math.max(0, lengthBytes - Number(to)) : Number(from)
  const last = from === '' || to === '' ? lengthBytes - 1 : Math.min(Number(to), lengthBytes - 1)
  return first > last ? 'unsatisfiable' : { first, last }
}
