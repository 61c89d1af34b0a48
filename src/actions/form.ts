const deepest = 20

/**
 * Facts as `application/x-www-form-urlencoded`: nested objects as `key[sub]`, lists as `key[]`; what is undefined, null
 * or an empty object is left out.
 *
 * @source URL Standard section 5; KAZOO kz_http_util.erl, json_to_querystring
 */
export function formOf(facts: Readonly<Record<string, unknown>>): string {
  const form = new URLSearchParams()
  const add = (name: string, value: unknown, depth: number): void => {
    if (value === undefined || value === null || depth > deepest) return
    if (Array.isArray(value)) for (const one of value) add(`${name}[]`, one, depth + 1)
    else if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) add(`${name}[${key}]`, inner, depth + 1)
    } else form.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  for (const [name, value] of Object.entries(facts)) add(name, value, 0)
  return form.toString()
}
