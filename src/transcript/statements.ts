import { Failure } from '../base/index.ts'

/** One line of a transcript with its continuation lines: who, and what it does. */
export interface Statement {
  /** Counts from 1. */
  readonly line: number
  /** As written. */
  readonly text: string
  readonly who: string
  readonly rest: string
}

const mostLines = 10_000
const longestText = 4 * 1024 * 1024

/** TRANSCRIPT_INVALID at a line. */
export const wrong = (line: number, problem: string): Failure => new Failure('TRANSCRIPT_INVALID', { line, problem })

/** Splits a transcript. Indented lines continue the line before; comments and empty lines have no `who`. */
export function statementsOf(text: string): readonly Statement[] {
  if (text.length > longestText) throw wrong(1, `is longer than ${longestText} characters`)
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  if (lines.length > mostLines) throw wrong(mostLines, `is longer than ${mostLines} lines`)
  const groups: { line: number; lines: string[] }[] = []
  lines.forEach((text, index) => {
    const last = groups.at(-1)
    const isContinuation = /^\s+\S/.test(text)
    if (isContinuation && (last === undefined || !/^[^#\s]/.test(last.lines[0] ?? ''))) {
      throw wrong(index + 1, 'an indented line continues the one before, and there is none')
    }
    if (isContinuation) last?.lines.push(text)
    else groups.push({ line: index + 1, lines: [text] })
  })
  return groups.map(({ line, lines }) => statement(line, lines.join('\n')))
}

function statement(line: number, text: string): Statement {
  const parts = /^([^#\s]\S*)\s*([\s\S]*?)\s*$/.exec(text)
  return { line, text, who: parts?.[1] ?? '', rest: parts?.[2] ?? '' }
}

/** Milliseconds of `3000 ms` or `3 s`. */
export const msOf = (amount: string | undefined, unit: string | undefined): number =>
  Number(amount) * (unit === 's' ? 1_000 : 1)

/** @throws TRANSCRIPT_INVALID */
export function jsonOf(line: number, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw wrong(line, `is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** @throws TRANSCRIPT_INVALID */
export function objectOf(line: number, text: string): Record<string, unknown> {
  const value = jsonOf(line, text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(line, 'must be a JSON object')
  return { ...value }
}
