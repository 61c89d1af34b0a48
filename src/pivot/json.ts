import { jsonProblem } from '../base/index.ts'

export type JsonResult = { readonly value: unknown } | { readonly at: string; readonly problem: string }

/** A flow of 100 levels has 200 levels of JSON, and its data some more. */
const deepest = 256

/** Reads JSON (RFC 8259). Never throws: says at which `line:column` the first mistake is, or where it nests too deeply. */
export function readJson(text: string): JsonResult {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const { line, column, problem } = jsonProblem(text) ?? { line: 1, column: 1, problem: 'is not JSON' }
    return { at: `${line}:${column}`, problem }
  }
  if (!isTooDeep(value, deepest)) return { value }
  return { at: deepestAt(text), problem: `nests deeper than ${deepest} levels` }
}

function isTooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1))
}

/** The `line:column` of the first bracket that is one too many, in a text that is JSON. */
function deepestAt(text: string): string {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/gs)) {
    if (token === '}' || token === ']') depth--
    if ((token === '{' || token === '[') && ++depth > deepest) {
      const lines = text.slice(0, index).split('\n')
      return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
    }
  }
  return '1:1'
}

/**
 * What KAZOO's debug documents say of a body that is not JSON.
 *
 * @source KAZOO pivot_call.erl, store_debug/2
 */
export function jsonErrors(text: string): { message: string; before: string; after: string } | undefined {
  const found = jsonProblem(text)
  if (found === undefined) return undefined
  const { problem, offset } = found
  return {
    message: problem.endsWith('the end of the text must be') ? 'trailing data' : 'invalid JSON',
    before: text.slice(Math.max(0, offset - 100), offset),
    after: text.slice(offset, offset + 100),
  }
}
