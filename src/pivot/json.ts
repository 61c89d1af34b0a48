/** What is wrong with a text that should be JSON. */
export interface JsonProblem {
  readonly problem: string
  readonly offset: number
}

export type JsonResult = { readonly value: unknown } | JsonProblem

/** A flow of 100 levels has 200 levels of JSON, and its data some more. */
const deepest = 256

/** Reads JSON (RFC 8259). Never throws: says where and what the first mistake is, or where it nests too deeply. */
export function readJson(text: string): JsonResult {
  try {
    const value: unknown = JSON.parse(text)
    if (!isTooDeep(value, deepest)) return { value }
  } catch {
    // What is wrong, and where, is found below: the messages of JSON.parse differ between versions of Node.
  }
  return findProblem(text) ?? { problem: 'is not JSON', offset: 0 }
}

function isTooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1))
}

/** Line and column of an offset, from 1. */
export function positionAt(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return `${line}:${offset - before.lastIndexOf('\n')}`
}

const space = /[ \t\n\r]*/y
const plain = String.raw`[^"\\\u0000-\u001f]*`
const string = new RegExp(String.raw`"${plain}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})${plain})*"`, 'y')
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y

type Expecting = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or }' | ', or ]' | 'the end'

/** The first mistake of a text, by walking over its tokens; undefined when there is none. */
export function findProblem(text: string): JsonProblem | undefined {
  const open: ('{' | '[')[] = []
  let expecting: Expecting = 'value'
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  const afterValue = (): Expecting => {
    const [inside] = open.slice(-1)
    return inside === undefined ? 'the end' : inside === '{' ? ', or }' : ', or ]'
  }
  const close = (): void => {
    open.pop()
    at++
    expecting = afterValue()
  }
  for (;;) {
    take(space)
    const next = text[at]
    if (next === undefined) {
      return expecting === 'the end' ? undefined : { problem: `ends too early: expected ${expecting}`, offset: at }
    }
    const wrong = { problem: `expected ${expecting}, found ${JSON.stringify(next)}`, offset: at }
    switch (expecting) {
      case 'the end':
        return { problem: `trailing data: ${wrong.problem}`, offset: at }
      case 'key or }':
      case 'key':
        if (next === '}' && expecting === 'key or }') close()
        else if (take(string)) expecting = ':'
        else return { problem: next === '"' ? badString : wrong.problem, offset: at }
        break
      case ':':
        if (next !== ':') return wrong
        at++
        expecting = 'value'
        break
      case ', or }':
      case ', or ]':
        if (next === expecting.at(-1)) close()
        else if (next !== ',') return wrong
        else {
          at++
          expecting = expecting === ', or }' ? 'key' : 'value'
        }
        break
      case 'value or ]':
      case 'value':
        if (next === ']' && expecting === 'value or ]') close()
        else if (next === '{' || next === '[') {
          if (open.length >= deepest) return { problem: `nests deeper than ${deepest} levels`, offset: at }
          open.push(next)
          at++
          expecting = next === '{' ? 'key or }' : 'value or ]'
        } else if (take(string) || take(scalar)) expecting = afterValue()
        else return { problem: next === '"' ? badString : wrong.problem, offset: at }
        break
    }
  }
}

const badString = 'a string that does not end, or with a control character or an unknown escape in it'

/**
 * What KAZOO's debug documents say of a body that is not JSON.
 *
 * @source KAZOO pivot_call.erl, store_debug/2
 */
export function jsonErrors(text: string): { message: string; before: string; after: string } | undefined {
  const found = findProblem(text)
  if (found === undefined) return undefined
  const { problem, offset } = found
  return {
    message: problem.startsWith('trailing data') ? 'trailing data' : 'invalid JSON',
    before: text.slice(Math.max(0, offset - 100), offset),
    after: text.slice(offset, offset + 100),
  }
}
