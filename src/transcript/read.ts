import { collections, type Collection, type Document } from '../callflow/index.ts'
import { readAnswer, type Header } from './read-answer.ts'
import { readCallee } from './read-callee.ts'
import { readExpected } from './read-expected.ts'
import { jsonOf, msOf, objectOf, statementsOf, wrong, type Statement } from './statements.ts'
import {
  furtherCallers,
  type Dialler,
  type Doer,
  type ScriptedAnswer,
  type ScriptedCallee,
  type Step,
  type Transcript,
  type TranscriptLine,
} from './transcript.ts'

/** Monday, 5 January 2026, nine o'clock in the morning: when calls happen that do not say. */
const usualStartMs = Date.UTC(2026, 0, 5, 9)

/** The caller's number ends in 1, that of `caller2` in 2. */
const usualDialler = (who: string): Dialler => ({ user: `+1555123000${/\d$/.exec(who)?.[0] ?? '1'}` })

/** Collections whose documents can be given by a word of their own. */
const singular: ReadonlyMap<string, Collection> = new Map(
  collections.map((collection) => [collection.replace(/s$/, ''), collection]),
)

/**
 * Reads a `.call` transcript; docs/transcripts.md describes the language.
 *
 * @throws TRANSCRIPT_INVALID with the line
 */
export function readTranscript(text: string): Transcript {
  const statements = statementsOf(text)
  const summary = /^#\s*(\S[\s\S]*)$/.exec(statements[0]?.text ?? '')?.[1]
  if (summary === undefined) throw wrong(1, 'line 1 must be a sentence that begins with #')
  const reader = new Reader()
  const lines = statements.map((statement): TranscriptLine => {
    const { line, text } = statement
    return { line, text, step: statement.who === '' ? undefined : reader.read(statement) }
  })
  return { summary, setup: reader.setup(lines), lines }
}

interface GivenFlow {
  readonly line: number
  readonly numbers: readonly string[]
  readonly json: Record<string, unknown>
}

/** Keeps what the lines set up. */
class Reader {
  readonly #flows: GivenFlow[] = []
  readonly #documents: { collection: Collection; document: Document }[] = []
  readonly #media = new Map<string, number | 'missing'>()
  readonly #headers: Record<string, string> = {}
  readonly #answers: ScriptedAnswer[] = []
  readonly #callees: ScriptedCallee[] = []
  #answerHeaders: Header[] = []
  #account: Document | undefined
  #startMs = usualStartMs

  /** @returns what is to be done or to happen; undefined when the line only sets something up */
  read(statement: Statement): Step | undefined {
    const { who, rest, line } = statement
    if (who === 'caller') return this.#caller(statement, {})
    if (furtherCallers.includes(who)) return this.#caller(statement, { caller: who })
    if (who === 'callee') return this.#callee(statement)
    if (who === 'webhook') return this.#webhook(statement)
    if (who === 'after') return readAfter(statement)
    if (who === 'flow') this.#flows.push(readFlowLine(statement))
    else if (who === 'account') this.#account = { id: 'A1', ...objectOf(line, rest) }
    else if (who === 'document') this.#document(statement)
    else if (who === 'media' && !rest.startsWith('{')) this.#duration(statement)
    else if (who === 'clock') this.#startMs = readTime(statement)
    else if (who === 'headers') this.#header(statement)
    else if (singular.has(who)) this.#add(line, singular.get(who), rest)
    else return { kind: 'expects', expected: readExpected(statement) }
    return undefined
  }

  setup(lines: readonly TranscriptLine[]): Transcript['setup'] {
    const dialled = lines.flatMap(({ step }) => (step?.kind === 'dials' ? [step.number] : []))
    const ofDocuments = this.#documents.flatMap(({ document }) => [document['numbers']].flat())
    const taken = new Set([...ofDocuments, ...this.#flows.flatMap(({ numbers }) => numbers)])
    const free = [...new Set(dialled)].filter((number) => !taken.has(number))
    const [, second] = this.#flows.filter(({ numbers }) => numbers.length === 0)
    if (second !== undefined) throw wrong(second.line, 'only one flow can answer all numbers: give this one a number')
    const flows = this.#flows.map(({ numbers, json }, index) => ({
      collection: 'callflows' as const,
      document: flowDocument(index, numbers.length === 0 ? free : numbers, json),
    }))
    return {
      startMs: this.#startMs,
      account: this.#account,
      documents: [...this.#documents, ...flows],
      media: this.#media,
      headers: this.#headers,
      answers: this.#answers,
      callees: this.#callees,
    }
  }

  #caller(statement: Statement, doer: Doer): Step {
    const { rest } = statement
    const waits = /^waits\s+(\d+)\s*(ms|s)$/.exec(rest)
    if (waits !== null) return { kind: 'waits', ms: msOf(waits[1], waits[2]) }
    if (/^dials\b/.test(rest)) return { ...readDial(statement), ...doer }
    const deed = readDeed(rest)
    return deed === undefined ? { kind: 'expects', expected: readExpected(statement) } : { ...deed, ...doer }
  }

  /** `NAME answers after 2000 ms` is kept for when they are called; `NAME hangs up` is done in its turn. */
  #callee(statement: Statement): Step | undefined {
    const [, callee = '', rest = ''] = /^(\S+)\s+([\s\S]+)$/.exec(statement.rest) ?? []
    const deed = readDeed(rest)
    if (deed !== undefined) return { ...deed, callee }
    const script = readCallee(callee, rest)
    if (script === undefined) return { kind: 'expects', expected: readExpected(statement) }
    this.#callees.push(script)
    return undefined
  }

  #webhook(statement: Statement): Step | undefined {
    const header = /^sends\s+([\w-]+):\s*([\s\S]*)$/.exec(statement.rest)
    if (header !== null) {
      this.#answerHeaders.push([(header[1] ?? '').toLowerCase(), header[2] ?? ''])
      return undefined
    }
    const answer = readAnswer(statement, this.#answerHeaders)
    if (answer === undefined) return { kind: 'expects', expected: readExpected(statement) }
    this.#answerHeaders = []
    this.#answers.push(answer)
    return undefined
  }

  #document({ line, rest }: Statement): void {
    const [, name = '', json = ''] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? []
    const collection = collections.find((candidate) => candidate === name)
    if (collection === undefined) throw wrong(line, `there is no collection ${JSON.stringify(name)}`)
    this.#add(line, collection, json)
  }

  #add(line: number, collection: Collection | undefined, text: string): void {
    const document = objectOf(line, text)
    const { id } = document
    if (collection === undefined || typeof id !== 'string' || id === '') throw wrong(line, 'a document must have an id')
    this.#documents.push({ collection, document: { ...document, id } })
  }

  #duration({ line, rest }: Statement): void {
    const [, quoted, plain = '', amount, unit] =
      /^(?:("(?:[^"\\]|\\.)*")|(\S+))\s+(?:missing|(\d+)\s*(ms|s))$/.exec(rest) ?? []
    const name = quoted ?? plain
    if (name === '') throw wrong(line, 'must be: media NAME 3000 ms, or media NAME missing')
    this.#media.set(name, amount === undefined ? 'missing' : msOf(amount, unit))
  }

  #header({ line, rest }: Statement): void {
    const [, name, value = ''] = /^([\w-]+):\s*([\s\S]*)$/.exec(rest) ?? []
    if (name === undefined) throw wrong(line, 'must be: headers X-Name: value')
    this.#headers[name] = value
  }
}

function readFlowLine({ line, rest }: Statement): GivenFlow {
  const [, number, json = ''] = /^(?:([^\s{]+)\s+)?([\s\S]*)$/.exec(rest) ?? []
  return { line, numbers: number === undefined ? [] : number.split(','), json: objectOf(line, json) }
}

function flowDocument(index: number, numbers: readonly string[], json: Record<string, unknown>): Document {
  const flow = json['module'] === undefined && json['flow'] !== undefined ? json['flow'] : json
  return { id: index === 0 ? 'flow' : `flow-${index + 1}`, numbers, flow }
}

/** What anybody at a telephone can do. */
function readDeed(rest: string): Exclude<Step, { kind: 'dials' | 'waits' | 'after' | 'expects' }> | undefined {
  const speaks = /^speaks\s+(\d+)\s*(ms|s)$/.exec(rest)
  if (speaks !== null) return { kind: 'speaks', ms: msOf(speaks[1], speaks[2]) }
  const presses = /^presses\s+([0-9*#A-D][0-9*#A-D\s,]*)$/.exec(rest)?.[1]
  if (presses !== undefined) return { kind: 'presses', digits: presses.replaceAll(/[\s,]/g, '') }
  const said = /^(reports|refuses)\s+transfer\s+(\d{3})$/.exec(rest)
  if (said !== null) {
    return { kind: said[1] === 'reports' ? 'reportsTransfer' : 'refusesTransfer', sipStatus: Number(said[2]) }
  }
  const transfers = /^transfers\s+to\s+(?:the\s+other\s+party\s+of\s+(\S+)|(\S+))$/.exec(rest)
  if (transfers !== null) return { kind: 'transfers', otherOf: transfers[1], to: transfers[2] }
  const holds = /^(holds|resumes)$/.exec(rest)?.[1]
  if (holds !== undefined) return { kind: 'holds', isHeld: holds === 'holds' }
  if (/^is\s+lost$/.test(rest)) return { kind: 'vanishes' }
  return /^hangs\s+up$/.test(rest) ? { kind: 'hangsUp' } : undefined
}

function readAfter({ line, rest }: Statement): Step {
  const [, amount, unit] = /^(\d+)\s*(ms|s)$/.exec(rest) ?? []
  if (amount === undefined) throw wrong(line, 'must be: after 5000 ms')
  return { kind: 'after', ms: msOf(amount, unit) }
}

function readTime({ line, rest }: Statement): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(rest) ? Date.parse(rest) : Number.NaN
  if (Number.isNaN(ms)) throw wrong(line, 'must be: clock 2026-12-25T09:00:00+01:00')
  return ms
}

/** `dials NUMBER [from ["NAME"] USER] [as a stranger] [in place of CALL]` */
function readDial({ line, who, rest }: Statement): Step & { kind: 'dials' } {
  const parts =
    /^dials\s+(\S+)(?:\s+from\s+(?:("(?:[^"\\]|\\.)*")\s+)?(\S+))?(\s+as\s+a\s+stranger)?(?:\s+in\s+place\s+of\s+(\S+))?$/.exec(
      rest,
    )
  if (parts === null)
    throw wrong(line, 'must be: caller dials 100 [from "Ann Lee" +15551230001] [as a stranger] [in place of C1]')
  const [, number = '', name, user, stranger, replaces] = parts
  const from =
    user === undefined
      ? usualDialler(who)
      : { user, ...(name === undefined ? {} : { name: String(jsonOf(line, name)) }) }
  return {
    kind: 'dials',
    number,
    from,
    isStranger: stranger !== undefined,
    ...(replaces === undefined ? {} : { replaces }),
  }
}
