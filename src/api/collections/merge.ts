/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * `before` with what `change` says: objects are merged at every depth, null removes, anything else replaces.
 *
 * @source KAZOO crossbar_doc:patch_doc/2 (kz_json:merge); RFC 7396
 */
export function merged(before: Json, change: Json): Json {
  const result = new Map(Object.entries(before))
  for (const [key, value] of Object.entries(change)) {
    const known = result.get(key)
    if (value === null) result.delete(key)
    else if (isObject(value)) result.set(key, merged(isObject(known) ? known : {}, value))
    else result.set(key, value)
  }
  return Object.fromEntries(result)
}

/** The value at `sip.username`, or undefined. */
export const valueAt = (document: Json, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), document)

/** `document` without what is at `sip.password`, in lists of each one. */
export function without(document: Json, path: string): Json {
  const [key = '', ...rest] = path.split('.')
  if (!Object.hasOwn(document, key)) return document
  const { [key]: inner, ...others } = document
  if (rest.length === 0) return others
  const left = (value: unknown): unknown => (isObject(value) ? without(value, rest.join('.')) : value)
  return { ...others, [key]: Array.isArray(inner) ? inner.map(left) : left(inner) }
}

/** A text that is there and not empty. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** The texts of a list; of anything else none. */
export const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
