import type { ScriptedAnswer } from './transcript.ts'
import { jsonOf, msOf, wrong, type Statement } from './statements.ts'

const unable: Readonly<Record<string, ScriptedAnswer>> = {
  'says nothing': { kind: 'silent' },
  'is silent': { kind: 'silent' },
  refuses: { kind: 'refuses' },
  resets: { kind: 'resets' },
  'cannot be resolved': { kind: 'unresolvable' },
}

export type Header = readonly [name: string, value: string]

/**
 * What a `webhook …` line makes the web server do, or undefined when it is an expectation.
 *
 *     says [STATUS] [TYPE] [BODY] [after N ms] · says nothing · is silent · refuses · resets · cannot be resolved
 *
 * @throws TRANSCRIPT_INVALID
 */
export function readAnswer({ line, rest }: Statement, headers: readonly Header[]): ScriptedAnswer | undefined {
  const known = unable[rest.replaceAll(/\s+/g, ' ')]
  if (known !== undefined) return known
  const says = /^says\s+([\s\S]*)$/.exec(rest)?.[1]
  return says === undefined ? undefined : readSaid(line, says, headers)
}

function readSaid(line: number, text: string, headers: readonly Header[]): ScriptedAnswer {
  const [, before = '', amount, unit] = /^([\s\S]*?)(?:\s+after\s+(\d+)\s*(ms|s))?$/.exec(text) ?? []
  const parts = /^(?:(\d{3})(?=\s|$)\s*)?(?:([a-z]+\/[\w.+-]+(?:;\s*[\w-]+="?[\w-]+"?)*)(?=\s|$)\s*)?([\s\S]*)$/i.exec(
    before,
  )
  const [, status = '200', type, body = ''] = parts ?? []
  const contentType = type ?? usualType(line, body)
  const isText = body.startsWith('"') && !/json/.test(contentType ?? '')
  return {
    kind: 'says',
    status: Number(status),
    contentType,
    headers,
    body: isText ? String(jsonOf(line, body)) : body,
    afterMs: amount === undefined ? 0 : msOf(amount, unit),
  }
}

function usualType(line: number, body: string): string | undefined {
  switch (body.charAt(0)) {
    case '':
      return undefined
    case '{':
    case '[':
      return 'application/json'
    case '<':
      return 'application/xml'
    case '"':
      return 'text/plain'
    default:
      throw wrong(line, `a web server says JSON, XML or "text", not ${body.slice(0, 40)}`)
  }
}
