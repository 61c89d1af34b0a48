import { jsonOf, msOf, wrong, type Statement } from './statements.ts'
import { furtherCallers, type Clause, type Expected, type FactKind } from './transcript.ts'

interface Form {
  readonly who: string
  readonly kind: FactKind
  /** What follows `who`, one space between words. */
  readonly form: RegExp
}

/** Everything that can be expected. */
const forms: readonly Form[] = [
  { who: 'server', kind: 'answers', form: /^answers( caller\d)?$/ },
  { who: 'server', kind: 'rings', form: /^rings( caller\d)?$/ },
  { who: 'server', kind: 'early', form: /^opens early media( for caller\d)?$/ },
  { who: 'server', kind: 'records', form: /^records$/ },
  { who: 'server', kind: 'recorded', form: /^recorded \d+ ms( of the call)?$/ },
  { who: 'server', kind: 'records', form: /^records \S+$/ },
  { who: 'server', kind: 'records', form: /^records the call( of \S+)?$/ },
  { who: 'server', kind: 'records', form: /^(un)?masks the recording$/ },
  { who: 'server', kind: 'sends', form: /^sends digits \S+( to \S+)?$/ },
  { who: 'server', kind: 'transfers', form: /^reports transfer \d{3}( to \S+)?$/ },
  { who: 'server', kind: 'transfers', form: /^refers( \S+)? to \S+$/ },
  { who: 'server', kind: 'messages', form: /^tells \S+ of \d+ new and \d+ saved messages$/ },
  { who: 'server', kind: 'dials', form: /^dials \S+$/ },
  { who: 'server', kind: 'dials', form: /^cannot dial \S+( [A-Z_]+)?$/ },
  { who: 'server', kind: 'bridges', form: /^bridges( \S+( with \S+)?)?( early)?$/ },
  { who: 'server', kind: 'listens', form: /^lets \S+ listen to \S+$/ },
  { who: 'server', kind: 'listens', form: /^lets \S+ speak to (nobody|target|other|both)$/ },
  { who: 'server', kind: 'drops', form: /^(cancels|hangs up on) \S+( [A-Z_]+)?$/ },
  { who: 'server', kind: 'parked', form: /^parks at \S+$/ },
  { who: 'server', kind: 'parked', form: /^unparks from \S+( (retrieved|abandoned|returned))?$/ },
  { who: 'server', kind: 'ends', form: /^rejects( caller\d)?( \d{3})?$/ },
  { who: 'server', kind: 'ends', form: /^hangs up( [A-Z_]+)?$/ },
  { who: 'network', kind: 'ends', form: /^hangs up( [A-Z_]+)?$/ },
  { who: 'network', kind: 'drops', form: /^hangs up on caller\d( [A-Z_]+)?$/ },
  { who: 'caller', kind: 'hears', form: /^hears [\s\S]+$/ },
  { who: 'caller', kind: 'media', form: /^misses \S[\s\S]*$/ },
  { who: 'caller', kind: 'joins', form: /^joins conference \S[\s\S]*$/ },
  { who: 'caller', kind: 'leaves', form: /^leaves conference \S[\s\S]*$/ },
  { who: 'caller', kind: 'gone', form: /^is gone$/ },
  { who: 'caller', kind: 'queue', form: /^enters queue \S.*$/ },
  { who: 'caller', kind: 'queue', form: /^leaves queue \S.*$/ },
  { who: 'callee', kind: 'hears', form: /^\S+ hears [\s\S]+$/ },
  { who: 'callee', kind: 'media', form: /^\S+ misses \S[\s\S]*$/ },
  { who: 'callee', kind: 'joins', form: /^\S+ joins conference \S[\s\S]*$/ },
  { who: 'callee', kind: 'leaves', form: /^\S+ leaves conference \S[\s\S]*$/ },
  { who: 'callee', kind: 'rung', form: /^\S+ rings$/ },
  { who: 'callee', kind: 'gone', form: /^\S+ is gone$/ },
  { who: 'webhook', kind: 'asked', form: /^is asked( (GET|POST)( \S+)?)?$/ },
  { who: 'webhook', kind: 'failed', form: /^failed( [A-Z_]+)?$/ },
  { who: 'webhook', kind: 'called', form: /^called \S+( \d{3})?$/ },
  { who: 'warning', kind: 'warning', form: /^\d+( at \d+:\d+)?$/ },
  { who: 'cdr', kind: 'cdr', form: /^posted to \S+$/ },
  { who: 'recording', kind: 'recording', form: /^(put|posted|patched) to \S+$/ },
  { who: 'notice', kind: 'notice', form: /^[a-z_]+( to \S.*)?$/ },
  { who: 'edr', kind: 'edr', form: /^$/ },
  { who: 'variables', kind: 'variables', form: /^$/ },
  { who: 'node', kind: 'node', form: /^(skipped |failed )?\S+( [A-Z_]+)?$/ },
  { who: 'verb', kind: 'verb', form: /^\S+$/ },
]

/** What a line expects. @throws TRANSCRIPT_INVALID */
export function readExpected({ line, who, rest }: Statement): Expected {
  const [, timeless = rest, amount, unit] = /^([\s\S]*?)\s+after\s+(\d+)\s*(ms|s)$/.exec(rest) ?? []
  const { said, clauses } = splitClauses(line, who, timeless)
  const what = spaced(said)
  const whose = furtherCallers.includes(who) ? 'caller' : who
  const found = forms.find((candidate) => candidate.who === whose && candidate.form.test(what))
  if (found === undefined) throw wrong(line, `cannot be done and does not happen: ${who} ${what}`.slice(0, 200))
  const afterMs = amount === undefined ? undefined : msOf(amount, unit)
  return { kind: found.kind, who, what, clauses, afterMs }
}

/** One space between the words, except within quotes. */
const spaced = (text: string): string =>
  text.includes('"') ? text.replace(/^(\S+)\s+/, '$1 ') : text.replaceAll(/\s+/g, ' ')

const withClauses = new Set(['webhook', 'cdr'])

function splitClauses(line: number, who: string, text: string): { said: string; clauses: readonly Clause[] } {
  if (who === 'variables' || who === 'edr') return { said: '', clauses: [{ kind: 'json', subset: jsonOf(line, text) }] }
  if (!withClauses.has(who)) return { said: text, clauses: [] }
  const [, said = text, clauses] = /^([\s\S]*?)\s+with(?:out)?\s+[\s\S]*$/.exec(text) ?? []
  const tail = text.slice(said.length).trim()
  return { said, clauses: clauses === undefined && tail === '' ? [] : readClauses(line, tail) }
}

/** `with {"json":"subset"}` · `with a=1 and b[c]=2` · `with header X-Y: z` · `without a` */
function readClauses(line: number, text: string): readonly Clause[] {
  const json = /^with\s+(\{[\s\S]*\})$/.exec(text)?.[1]
  if (json !== undefined) return [{ kind: 'json', subset: jsonOf(line, json) }]
  let isWithout = false
  return text.split(/\s+and\s+|\s+(?=with(?:out)?\s)/).map((part): Clause => {
    const [, word, rest = ''] = /^(?:(with|without)\s+)?([\s\S]+)$/.exec(part) ?? []
    if (word !== undefined) isWithout = word === 'without'
    if (isWithout) return { kind: 'no-parameter', name: rest }
    const header = /^header\s+([\w-]+):\s*([\s\S]*)$/.exec(rest)
    if (header !== null) return { kind: 'header', name: (header[1] ?? '').toLowerCase(), value: header[2] ?? '' }
    const parameter = /^([^=]+)=([\s\S]*)$/.exec(rest)
    if (parameter === null) throw wrong(line, `must be name=value: ${rest}`)
    return { kind: 'parameter', name: parameter[1] ?? '', value: parameter[2] ?? '' }
  })
}
