import type { FastifyInstance } from 'fastify'
import { Failure, jsonProblem } from '../base/index.ts'
import { problemAt } from './check.ts'
import type { Route, Upload } from './route.ts'

/** A flow of a hundred nodes, one below the other, is two hundred deep. */
const deepest = 256

/**
 * Bodies are JSON, or bytes for the routes that take them. An empty body is none, whatever its type: `curl -X DELETE`
 * often says JSON and sends nothing.
 */
export function readBodies(api: FastifyInstance): void {
  const parse = api.getDefaultJsonParser('error', 'error')
  api.removeAllContentTypeParsers()
  api.addContentTypeParser(['application/json', 'text/json'], { parseAs: 'string' }, (request, body, done) => {
    const text = String(body)
    if (text.trim() === '') {
      done(null, undefined)
      return
    }
    const wrong = jsonProblem(text)
    if (wrong === undefined) void parse(request, text, done)
    else done(malformed(`${wrong.line}:${wrong.column}: ${wrong.problem}`))
  })
  api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body.length === 0 ? undefined : body)
  })
}

const malformed = (problem: string): Error =>
  new Failure('API_INVALID', { problems: [problemAt('', 'json', `not JSON: ${problem}`)] })

/** The `data` of a body. @throws API_INVALID */
export function dataOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !('data' in body)) {
    const problem = 'The body must be an object with the document under "data"'
    throw new Failure('API_INVALID', { problems: [problemAt('/data', 'required', problem)] })
  }
  if (isDeeper(body, deepest)) {
    throw new Failure('API_INVALID', { problems: [problemAt('/data', 'depth', `more than ${deepest} levels deep`)] })
  }
  return body.data
}

/** The bytes of a body that is not JSON. @throws 415 unless the route takes its type */
export function uploadOf({ upload }: Route, body: unknown, header: string | undefined): Upload | undefined {
  if (!Buffer.isBuffer(body)) return undefined
  const contentType = (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const isTaken = upload?.contentTypes.some((type) => fits(type, contentType)) ?? false
  if (!isTaken)
    throw Object.assign(new Error(`not ${contentType === '' ? 'without a type' : contentType}`), { statusCode: 415 })
  return { contentType, content: body }
}

const fits = (pattern: string, contentType: string): boolean =>
  pattern.endsWith('/*') ? contentType.startsWith(pattern.slice(0, -1)) : pattern === contentType

/** Without recursion, so that no depth is too much to find out. */
function isDeeper(value: object, most: number): boolean {
  let level: object[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true
    level = level.flatMap((one) => Object.values(one).filter(isObject))
  }
  return false
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
