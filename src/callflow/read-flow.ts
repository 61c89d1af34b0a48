import { Failure, type FailureDetails } from '../base/index.ts'
import type { Flow } from './flow.ts'
import type { Registry } from './registry.ts'

export type Problem = FailureDetails['FLOW_INVALID']['problems'][number]

export interface ReadOptions {
  /**
   * A `reply` of a web server must be right in every node. In a `stored` callflow a module that is not known, or data
   * that do not fit, are left to the engine, which takes the wildcard there.
   */
  readonly as: 'reply' | 'stored'
}

const mostNodes = 1000
const deepest = 100
const mostProblems = 50

/**
 * Reads callflow JSON: a bare action object, or a callflow document with it under `flow`. Data are converted and their
 * defaults filled in; nothing of `json` is changed.
 *
 * @throws FLOW_INVALID with the JSON path of everything that is wrong
 * @source KAZOO schema callflows.action; docs/compatibility.md#json for where we are more lenient
 */
export function readFlow(json: unknown, registry: Registry, options: ReadOptions): Flow {
  const { flow, problems } = checkFlow(json, registry, options)
  if (problems.length > 0) throw new Failure('FLOW_INVALID', { problems })
  return flow
}

/** The same without throwing: the flow as far as it can be read, and what is wrong with it. */
export function checkFlow(
  json: unknown,
  registry: Registry,
  { as }: ReadOptions,
): { readonly flow: Flow; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  let nodes = 0
  const wrong = (at: string, problem: string): void => {
    if (problems.length < mostProblems) problems.push({ at: at === '' ? '/' : at, problem })
  }

  const readNode = (value: unknown, at: string, depth: number): Flow => {
    if (++nodes > mostNodes || depth > deepest) {
      if (nodes === mostNodes + 1 || depth > deepest) wrong(at, `more than ${mostNodes} nodes or ${deepest} levels`)
      return nothing
    }
    if (!isObject(value)) {
      wrong(at, 'must be an object with a module')
      return nothing
    }
    const { module } = value
    if (typeof module !== 'string' || module.length < 1 || module.length > 64) {
      wrong(at, 'must have a module of 1 to 64 characters')
      return nothing
    }
    return { module, data: readData(module, value['data'], at), children: readChildren(value['children'], at, depth) }
  }

  const readData = (module: string, value: unknown, at: string): Record<string, unknown> => {
    if (value !== undefined && value !== null && !isObject(value)) {
      wrong(`${at}/data`, 'must be an object')
      return {}
    }
    const data = structuredClone(value ?? {})
    const registered = registry.get(module)
    if (registered === undefined) {
      if (as === 'reply') wrong(`${at}/module`, `there is no action ${JSON.stringify(module)}`)
      return data
    }
    if (data['skip_module'] === true || data['skip_module'] === 'true') return { ...data, skip_module: true }
    for (const error of registered.check(data)) {
      wrong(`${at}/data${error.instancePath}`, `${error.message ?? 'is wrong'}${allowed(error.params)}`)
    }
    return data
  }

  const readChildren = (value: unknown, at: string, depth: number): Record<string, Flow> => {
    if (value === undefined || value === null) return {}
    if (!isObject(value)) {
      wrong(`${at}/children`, 'must be an object')
      return {}
    }
    const children: [string, Flow][] = []
    for (const [key, node] of Object.entries(value)) {
      if (as === 'stored' && isObject(node) && Object.keys(node).length === 0) continue
      children.push([key, readNode(node, `${at}/children/${pointer(key)}`, depth + 1)])
    }
    return Object.fromEntries(children)
  }

  const isDocument = isObject(json) && json['module'] === undefined && isObject(json['flow'])
  const flow = isDocument ? readNode(json['flow'], '/flow', 0) : readNode(json, '', 0)
  return { flow, problems }
}

const nothing: Flow = { module: '', data: {}, children: {} }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A key inside a JSON pointer (RFC 6901 section 3). */
const pointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

const allowed = (params: unknown): string => {
  const values = isObject(params) ? params['allowedValues'] : undefined
  return Array.isArray(values) ? `: ${values.join(', ')}` : ''
}
