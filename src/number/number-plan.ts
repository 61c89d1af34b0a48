import { isFailure, safeRegex, type Failure, type SafeRegex } from '../base/index.ts'

/** The word among a callflow's numbers that makes it answer what nothing else answers. */
export const noMatch = 'no_match'

export interface PlanEntry<T> {
  readonly numbers: readonly string[]
  readonly patterns: readonly string[]
  readonly value: T
}

export interface PlanMatch<T> {
  readonly value: T
  readonly isNoMatch: boolean
  /** The longest text that a group captured; the whole match of a pattern without groups. */
  readonly captureGroup: string | undefined
  readonly captureGroups: Readonly<Record<string, string>>
}

/** Who answers which number. */
export interface NumberPlan<T> {
  readonly lookUp: (number: string) => PlanMatch<T> | undefined
}

interface Pattern<T> {
  readonly regex: SafeRegex
  readonly value: T
}

/**
 * An index of `entries`: a number that is listed wins, then the pattern whose longest group captured most, then the
 * `no_match` entry if the number is digits only. Of equals the first wins.
 *
 * @param invalid is told of each pattern that is left out (NUMBER_PATTERN_INVALID)
 * @source KAZOO cf_flow.erl, lookup and lookup_patterns
 */
export function newNumberPlan<T>(
  entries: readonly PlanEntry<T>[],
  invalid: (failure: Failure<'NUMBER_PATTERN_INVALID'>, value: T) => void,
): NumberPlan<T> {
  const listed = new Map<string, T>()
  const patterns: Pattern<T>[] = []
  for (const { numbers, patterns: texts, value } of entries) {
    for (const number of numbers) if (!listed.has(number)) listed.set(number, value)
    for (const text of texts) {
      const regex = compile(text, (failure) => invalid(failure, value))
      if (regex !== undefined) patterns.push({ regex, value })
    }
  }
  return {
    lookUp(number) {
      const exact = number === noMatch ? undefined : listed.get(number)
      if (exact !== undefined) return found(exact)
      const matched = longestMatch(patterns, number)
      if (matched !== undefined) return matched
      const fallback = /^\+?\d+$/.test(number) ? listed.get(noMatch) : undefined
      return fallback === undefined ? undefined : { ...found(fallback), isNoMatch: true }
    },
  }
}

function found<T>(value: T): PlanMatch<T> {
  return { value, isNoMatch: false, captureGroup: undefined, captureGroups: {} }
}

function compile(text: string, invalid: (failure: Failure<'NUMBER_PATTERN_INVALID'>) => void): SafeRegex | undefined {
  try {
    return safeRegex(text)
  } catch (error) {
    if (!isFailure(error, 'NUMBER_PATTERN_INVALID')) throw error
    invalid(error)
    return undefined
  }
}

function longestMatch<T>(patterns: readonly Pattern<T>[], number: string): PlanMatch<T> | undefined {
  let best: PlanMatch<T> | undefined
  let bestLength = -1
  for (const { regex, value } of patterns) {
    const match = regex.exec(number)
    if (match === undefined) continue
    const texts = regex.groupCount === 0 ? [match.text] : match.groups.map((group) => group ?? '')
    const longest = texts.reduce((one, other) => (other.length > one.length ? other : one), '')
    if (longest.length <= bestLength) continue
    bestLength = longest.length
    const named = Object.entries(match.named).filter(([, text]) => text !== '')
    const captureGroup = longest === '' ? undefined : longest
    best = { value, isNoMatch: false, captureGroup, captureGroups: Object.fromEntries(named) }
  }
  return best
}
