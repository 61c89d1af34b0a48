import type { Difference } from './perform.ts'

/** A difference for people: what had happened so far, then what was expected (+) and what came instead (-). */
export function describe({ line, story, expected, got }: Difference, file: string): string {
  return [
    `${file}:${line}: not as written`,
    'after:',
    ...story.map((said) => `  ${said}`),
    expected === undefined ? '+ nothing more' : `+ '${expected}'`,
    got === undefined ? '- nothing more happens' : `- '${got}'`,
  ].join('\n')
}
