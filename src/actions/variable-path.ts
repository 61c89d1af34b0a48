/** A variable's name as it is compared: `Call-Priority` is `call_priority`. */
export const normalName = (name: string): string => name.toLowerCase().replaceAll('-', '_')

const deepest = 20

/**
 * The texts that `variable` may be: as it is, or split at its dots. A list is a path already, from the outside in.
 *
 * Differs from KAZOO, which walks a list from its end.
 */
function pathsOf(variable: string | readonly string[]): readonly (readonly string[])[] {
  if (typeof variable !== 'string') return [variable.slice(0, deepest)]
  return variable.includes('.') ? [[variable], variable.split('.').slice(0, deepest)] : [[variable]]
}

/** What stands in `tree` at `path`, as the text of a child key: texts, numbers and booleans only. */
function textAt(tree: unknown, path: readonly string[]): string | undefined {
  let value = tree
  for (const name of path) value = memberOf(value, name)
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'boolean':
      return String(value)
    default:
      return undefined
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const wanted = normalName(name)
  return Object.entries(value).find(([key]) => normalName(key) === wanted)?.[1] as unknown
}

/** The first text found, trying every path in the first tree, then in the next. */
export function firstText(trees: readonly unknown[], variable: string | readonly string[]): string | undefined {
  for (const tree of trees) {
    for (const path of pathsOf(variable)) {
      const text = textAt(tree, path)
      if (text !== undefined) return text
    }
  }
  return undefined
}
