import { RE2JS } from 're2js'
import { Failure } from './failure.ts'

interface RegexMatch {
  /** The whole match. */
  readonly text: string
  /** What each group captured, in order; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[]
  /** What the named groups captured; a group that took no part is left out. */
  readonly named: Readonly<Record<string, string>>
}

/** A regular expression of somebody else's that matches in time linear to the text, whatever it looks like. */
export interface SafeRegex {
  readonly groupCount: number
  /** Whether it matches anywhere in `text`; anchors are the author's job. */
  test(text: string): boolean
  /** The first match in `text`. */
  exec(text: string): RegexMatch | undefined
}

const longestPattern = 1000

/**
 * Compiles a regular expression that came from outside: RE2 syntax, so neither back-references nor look-around, and
 * nothing that takes exponential time.
 *
 * @throws NUMBER_PATTERN_INVALID
 * @source https://github.com/google/re2/wiki/Syntax; KAZOO runs PCRE by Erlang's `re`
 */
export function safeRegex(pattern: string): SafeRegex {
  const regex = compile(pattern)
  const names = Object.entries(regex.namedGroups())
  return {
    groupCount: regex.groupCount(),
    test: (text) => regex.matcher(text).find(),
    exec: (text) => {
      const found = regex.matcher(text)
      if (!found.find()) return undefined
      const group = (index: number): string | undefined => found.group(index) ?? undefined
      const groups = Array.from({ length: regex.groupCount() }, (_, index) => group(index + 1))
      const named = names.flatMap(([name, index]): [string, string][] => {
        const captured = group(index)
        return captured === undefined ? [] : [[name, captured]]
      })
      return { text: group(0) ?? '', groups, named: Object.fromEntries(named) }
    },
  }
}

function compile(pattern: string): RE2JS {
  if (pattern.length > longestPattern) {
    throw new Failure('NUMBER_PATTERN_INVALID', {
      pattern: pattern.slice(0, 80),
      problem: `is longer than ${longestPattern} characters`,
    })
  }
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new Failure('NUMBER_PATTERN_INVALID', { pattern, problem }, { cause: error })
  }
}
