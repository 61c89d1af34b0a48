import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isMap, isSeq, LineCounter, parseDocument, visit, type Document as YamlDocument } from 'yaml'
import { jsonProblem } from '../base/index.ts'
import { checkFlow, type Registry } from '../callflow/index.ts'
import { lintTwiml } from '../twiml/index.ts'
import type { Command } from './io.ts'

export interface Finding {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly severity: 'error' | 'warning'
  /** A failure's code, or Twilio's number. */
  readonly code: string
  readonly message: string
}

const mostBytes = 1_048_576

/** `pivot lint`. @param registry the actions that callflows may use */
export const lintCommand = (registry: () => Registry): Command => ({
  name: 'lint',
  usage: 'lint FILE… [--json]',
  summary: 'Checks callflows (JSON or YAML) and TwiML without a call.',
  help: `Says \`path:line:column: code message\` for everything that is wrong, one a line; with --json one object a line. What is
only stepped over during a call is a warning. The exit code is 1 when there is an error, 0 otherwise.`,
  async run(args, { folder, out, err }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    })
    if (positionals.length === 0) {
      err('pivot lint: which files? pivot lint FILE…')
      return 2
    }
    const actions = registry()
    let errors = 0
    for (const path of positionals) {
      const findings = lintText(path, await readText(resolve(folder, path)), actions)
      errors += findings.filter(({ severity }) => severity === 'error').length
      for (const finding of findings) out(values.json ? JSON.stringify(finding) : lineOf(finding))
    }
    return errors > 0 ? 1 : 0
  },
})

const lineOf = ({ path, line, column, severity, code, message }: Finding): string =>
  `${path}:${line}:${column}: ${code} ${severity === 'warning' ? 'warning: ' : ''}${message}`

async function readText(path: string): Promise<string | Error> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Everything that is wrong with a file, in order. What begins with `<` is TwiML, all else is JSON or YAML. */
export function lintText(path: string, text: string | Error, registry: Registry): readonly Finding[] {
  const error = (message: string, code = 'FILE_UNREADABLE'): Finding[] => [
    { path, line: 1, column: 1, severity: 'error', code, message },
  ]
  if (text instanceof Error) return error(text.message)
  if (Buffer.byteLength(text) > mostBytes) return error(`larger than ${mostBytes} bytes`)
  if (
    text
      .trimStart()
      .replace(/^\uFEFF/, '')
      .startsWith('<')
  ) {
    return lintTwiml(text).map((finding) => ({ path, ...finding, code: String(finding.code) }))
  }
  return lintCallflows(path, text, registry)
}

function lintCallflows(path: string, text: string, registry: Registry): readonly Finding[] {
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true, logLevel: 'silent' })
  const finding = (offset: number, severity: Finding['severity'], code: string, message: string): Finding => {
    const { line, col } = lines.linePos(offset)
    return { path, line: Math.max(1, line), column: Math.max(1, col), severity, code, message }
  }
  if (path.endsWith('.json')) {
    const problem = jsonProblem(text)
    if (problem !== undefined) return [finding(problem.offset, 'error', 'SYNTAX', problem.problem)]
  }
  const [broken] = yaml.errors
  if (broken !== undefined) {
    return [
      finding(broken.pos[0], 'error', 'SYNTAX', firstLine(broken.message).replace(/ at line \d+, column \d+:?$/, '')),
    ]
  }
  if (hasAlias(yaml)) return [finding(0, 'error', 'SYNTAX', 'aliases (*name) cannot be used')]
  return flowsIn(yaml.toJS())
    .flatMap(({ at, flow, isStored }) =>
      checkFlow(flow, registry, { as: 'reply' }).problems.map((problem) => {
        const isSkipped = isStored && problem.problem.startsWith('there is no action')
        const where = offsetOf(yaml, at + (problem.at === '/' ? '' : problem.at))
        return finding(where, isSkipped ? 'warning' : 'error', 'FLOW_INVALID', `${at}${problem.at} ${problem.problem}`)
      }),
    )
    .sort((one, other) => one.line - other.line || one.column - other.column)
}

function hasAlias(yaml: YamlDocument.Parsed): boolean {
  let found = false
  visit(yaml, {
    Alias: () => {
      found = true
      return visit.BREAK
    },
  })
  return found
}

interface FoundFlow {
  /** JSON pointer to it. */
  readonly at: string
  readonly flow: unknown
  /** It is a document: there, a call steps over modules that are not known. */
  readonly isStored: boolean
}

/** The callflows of a file: an action object, a callflow document, a list of either, or a file of documents. */
function flowsIn(content: unknown): readonly FoundFlow[] {
  if (Array.isArray(content)) {
    return content.map((flow: unknown, index) => ({ at: `/${index}`, flow, isStored: isDocument(flow) }))
  }
  const callflows = isObject(content) && content['module'] === undefined ? content['callflows'] : undefined
  if (callflows === undefined) return [{ at: '', flow: content, isStored: isDocument(content) }]
  const entries = isObject(callflows) ? Object.entries(callflows) : Array.isArray(callflows) ? callflows.entries() : []
  return [...entries].map(([key, flow]) => ({ at: `/callflows/${key}`, flow: flow as unknown, isStored: true }))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isDocument = (value: unknown): boolean => isObject(value) && isObject(value['flow'])

/** Where in the text a JSON pointer (RFC 6901) leads, or the nearest thing around it that is there. */
function offsetOf(yaml: YamlDocument.Parsed, pointer: string): number {
  let node: unknown = yaml.contents
  let offset = yaml.contents?.range[0] ?? 0
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isMap(node) && !isSeq(node)) break
    const next: unknown = node.get(isSeq(node) ? Number(key) : key, true)
    if (!hasRange(next)) break
    node = next
    offset = next.range[0]
  }
  return offset
}

const hasRange = (node: unknown): node is { readonly range: readonly [number, number, number] } =>
  isObject(node) && Array.isArray(node['range'])

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
