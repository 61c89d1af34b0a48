/** What is sent to a web server, by name. Objects and lists may nest; undefined and null are left out. */
export type Fields = Readonly<Record<string, unknown>>

const deepest = 20

/**
 * Fields as the names and values of a form: objects as `key[sub]`, lists as `key[]`, objects in lists as `key[0][sub]`.
 * Null, undefined and empty objects and lists are left out; empty strings are kept.
 *
 * @source KAZOO kz_http_util.erl, json_to_querystring/1
 */
export function flatten(fields: Fields): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = []
  const add = (name: string, value: unknown, depth: number): void => {
    if (value === undefined || value === null || depth > deepest) return
    if (typeof value !== 'object') pairs.push([name, typeof value === 'string' ? value : JSON.stringify(value)])
    else if (!Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) add(`${name}[${key}]`, inner, depth + 1)
    } else {
      value.forEach((inner: unknown, index) => {
        const isNested = typeof inner === 'object' && inner !== null
        add(isNested ? `${name}[${index}]` : `${name}[]`, inner, depth + 1)
      })
    }
  }
  for (const [name, value] of Object.entries(fields)) add(name, value, 0)
  return pairs
}

/**
 * Fields as `application/x-www-form-urlencoded` (URL Standard section 5.2). Differs from KAZOO, which leaves keys as
 * they are: brackets are percent-encoded too, because servers exist that refuse them in a query.
 */
export const encodeForm = (fields: Fields): string =>
  new URLSearchParams(flatten(fields).map(([name, value]): [string, string] => [name, value])).toString()

/** `url` with `query` after what is there, before its fragment. */
export function withQuery(url: string, query: string): string {
  if (query === '') return url
  const [, before = url, fragment = ''] = /^([^#]*)(.*)$/s.exec(url) ?? []
  if (!before.includes('?')) return `${before}?${query}${fragment}`
  return `${before}${/[?&]$/.test(before) ? '' : '&'}${query}${fragment}`
}
