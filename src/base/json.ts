export interface JsonProblem {
  /** In UTF-16 units from the start of the text. */
  readonly offset: number
  readonly line: number
  readonly column: number
  readonly problem: string
}

const space = /[ \t\n\r]*/y
/** Inside a string stands all but control characters, `"` and `\\` (RFC 8259 section 7). */
const token =
  /[{}[\]:,]|"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y

type Wanted = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'end'

const names: Readonly<Record<Wanted, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or "}"',
  ':': '":"',
  ', or ]': '"," or "]"',
  ', or }': '"," or "}"',
  end: 'the end of the text',
}

/**
 * Where and why `text` is not JSON (RFC 8259), or undefined when it is: JSON.parse says the place of some mistakes only.
 */
export function jsonProblem(text: string): JsonProblem | undefined {
  const closers: (', or ]' | ', or }')[] = []
  let wanted: Wanted = 'value'
  let offset = 0
  for (;;) {
    space.lastIndex = offset
    offset += space.exec(text)?.[0].length ?? 0
    if (offset === text.length) return wanted === 'end' ? undefined : problemAt(text, offset, wanted)
    token.lastIndex = offset
    const found = token.exec(text)?.[0]
    const next: Wanted | undefined = found === undefined ? undefined : after(found, wanted, closers)
    if (found === undefined || next === undefined) return problemAt(text, offset, wanted)
    wanted = next
    offset += found.length
  }
}

/** What is wanted after `found`, or undefined when `found` is not what was wanted. Keeps `closers`. */
function after(found: string, wanted: Wanted, closers: (', or ]' | ', or }')[]): Wanted | undefined {
  const closed = (): Wanted => closers.at(-1) ?? 'end'
  const isValue = wanted === 'value' || wanted === 'value or ]'
  switch (found) {
    case '{':
    case '[':
      if (!isValue) return undefined
      closers.push(found === '{' ? ', or }' : ', or ]')
      return found === '{' ? 'key or }' : 'value or ]'
    case '}':
    case ']': {
      const fitting = found === '}' ? ['key or }', ', or }'] : ['value or ]', ', or ]']
      if (!fitting.includes(wanted)) return undefined
      closers.pop()
      return closed()
    }
    case ',':
      if (wanted === ', or ]') return 'value'
      return wanted === ', or }' ? 'key' : undefined
    case ':':
      return wanted === ':' ? 'value' : undefined
    default:
      if (isValue) return closed()
      return found.startsWith('"') && wanted.startsWith('key') ? ':' : undefined
  }
}

function problemAt(text: string, offset: number, wanted: Wanted): JsonProblem {
  const before = text.slice(0, offset).split('\n')
  const got = offset === text.length ? 'the text ends' : `${JSON.stringify(text.slice(offset, offset + 12))} stands`
  return {
    offset,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    problem: `${got} where ${names[wanted]} must be`,
  }
}
