import { nothingCarried, type Carried, type Fact } from './facts.ts'
import type { Clause, Expected } from './transcript.ts'

/** Is `fact` what was expected, whenever it happened? */
export function isExpected(expected: Expected, fact: Fact): boolean {
  if (expected.kind !== fact.kind || expected.who !== fact.who) return false
  if (expected.what !== fact.what && !fact.aliases.includes(expected.what)) return false
  return expected.clauses.every((clause) => holds(clause, fact.carried ?? nothingCarried))
}

function holds(clause: Clause, { parameters, headers, json }: Carried): boolean {
  switch (clause.kind) {
    case 'parameter':
      return parameters.get(clause.name) === clause.value
    case 'no-parameter':
      return !parameters.has(clause.name) && !headers[clause.name.toLowerCase()]
    case 'header':
      return headers[clause.name] === clause.value
    case 'json':
      return json === undefined
        ? isWithin(clause.subset, Object.fromEntries(parameters))
        : isWithin(clause.subset, json)
  }
}

/** Is everything of `subset` in `whole`? */
function isWithin(subset: unknown, whole: unknown): boolean {
  if (typeof subset !== 'object' || subset === null) return subset === whole
  if (typeof whole !== 'object' || whole === null || Array.isArray(subset) !== Array.isArray(whole)) return false
  const values = new Map<string, unknown>(Object.entries(whole))
  return Object.entries(subset).every(([key, value]) => values.has(key) && isWithin(value, values.get(key)))
}

/** How a fact would be written with the clauses that were expected of it. */
export function saidLike(expected: Expected | undefined, fact: Fact): string {
  const alias = expected !== undefined && fact.aliases.includes(expected.what) ? expected.what : fact.what
  const clauses =
    expected?.kind === fact.kind && fact.kind !== 'variables' && fact.kind !== 'edr' ? expected.clauses : []
  const carried = clauses.flatMap((clause) => clauseText(clause, fact.carried ?? nothingCarried))
  return [alias === '' ? fact.what : alias, ...carried].join(' ').trimEnd()
}

function clauseText(clause: Clause, { parameters, headers, json }: Carried, index = 0): string[] {
  const word = index === 0 ? 'with' : 'and'
  switch (clause.kind) {
    case 'parameter':
      return [`${word} ${clause.name}=${parameters.get(clause.name) ?? ''}`]
    case 'no-parameter':
      return parameters.has(clause.name)
        ? [`${word} ${clause.name}=${parameters.get(clause.name) ?? ''}`]
        : [`without ${clause.name}`]
    case 'header':
      return [`${word} header ${clause.name}: ${headers[clause.name] ?? ''}`]
    case 'json':
      return [`${word} ${JSON.stringify(json ?? Object.fromEntries(parameters))}`]
  }
}
