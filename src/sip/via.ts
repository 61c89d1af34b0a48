import { parseParams, splitList, type Params } from './params.ts'

/** The topmost Via (RFC 3261 section 20.42). */
export interface Via {
  /** In upper case: `UDP`, `TCP`, … */
  readonly transport: string
  /** As received; IPv6 in brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly params: Params
  /** The values after it in the same header line. */
  readonly rest: readonly string[]
}

/** @param value of the first Via header. @returns undefined when it is malformed anywhere in the line */
export function parseVia(value: string): Via | undefined {
  const [top = '', ...rest] = splitList(value)
  if (rest.includes('')) return undefined
  const found = form.exec(top)
  if (found === null) return undefined
  const [, transport = '', host = '', digits, tail = ''] = found
  const params = parseParams(tail)
  const port = digits === undefined ? undefined : Number(digits)
  if (params === undefined || (port !== undefined && (port < 1 || port > 65_535))) return undefined
  return { transport: transport.toUpperCase(), host, port, params, rest }
}

/** Who sent it, as part of a transaction's key (RFC 3261 section 17.2.3). */
export function sentBy(via: Via): string {
  return `${via.host.toLowerCase()}:${via.port ?? 5060}`
}

/** A Via value as text again, with `changes` made to its parameters. */
export function viaText(via: Via, changes: Params): string {
  const params = new Map([...via.params, ...changes])
  let text = `SIP/2.0/${via.transport} ${via.host}${via.port === undefined ? '' : `:${via.port}`}`
  for (const [name, value] of params) text += value === '' ? `;${name}` : `;${name}=${value}`
  return [text, ...via.rest].join(', ')
}

const form =
  /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([^ \t;,/]+)[ \t]+(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)[ \t]*(?::[ \t]*(\d{1,5})[ \t]*)?(;.*)?$/i
