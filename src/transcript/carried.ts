import type { HttpQuestion } from '../http/index.ts'
import type { Carried } from './facts.ts'

/** What a question carries: parameters of the query and of a form or JSON body, flattened. */
export function carriedBy({ url, headers, body }: Pick<HttpQuestion, 'url' | 'headers' | 'body'>): Carried {
  const parameters = new Map<string, string>()
  const text = typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body).toString() : ''
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const json = /json/.test(lowerCase['content-type'] ?? '') ? parsed(text) : undefined
  for (const [name, value] of new URL(url).searchParams) parameters.set(name, value)
  if (json !== undefined) flatten(json, '', parameters)
  else if (text !== '') for (const [name, value] of new URLSearchParams(text)) parameters.set(name, value)
  return { headers: lowerCase, parameters, json }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Not JSON although it says so: then it carries no parameters.
  }
}

/** Nested values by the names that a form would give them: `a[b]`. */
function flatten(value: unknown, name: string, into: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) {
    into.set(name, typeof value === 'string' ? value : JSON.stringify(value))
    return
  }
  for (const [key, inner] of Object.entries(value)) flatten(inner, name === '' ? key : `${name}[${key}]`, into)
}
