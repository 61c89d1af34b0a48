import type { Difference } from './perform.ts'

/** A difference for people: what had happened so far, then what was expected (+) and what came instead (-). */
export function describe(
  { line, story, expected, got }: Difference,
  file: string,
  otherwise = 'not as written',
): string {
  return [
    `${file}:${line}: ${otherwise}`,
    'after:',
    ...story.map((said) => `  ${said}`),
    expected === undefined ? '+ nothing more' : `+ '${expected}'`,
    got === undefined ? '- nothing more happens' : `- '${got}'`,
  ].join('\n')
}
