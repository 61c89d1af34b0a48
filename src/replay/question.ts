import type { HttpQuestion } from '../http/index.ts'
import { carriedBy, lineOf } from '../transcript/index.ts'
import type { RecordedExchange } from './event.ts'
import { isAgain } from './said.ts'

/** How a request differs from the one that was recorded. */
export interface QuestionDifference {
  readonly expected: string
  readonly got: string
}

type Asked = Pick<HttpQuestion, 'url' | 'method' | 'headers' | 'body'>

/** Values that are another one each time: only that they are there is compared. */
const random = /^(?:Recording(?:Url|Sid|-ID|-Url)|bodySHA256)$/

/** Headers that are another one each time, that hide a secret, or that belong to the connection. */
const passedOver =
  /^(?:user-agent|cookie|authorization|idempotency-key|i-twilio-idempotency-token|x-(?:pivot|twilio)-signature|host|content-length|accept-encoding)$/

/** Where the request goes, what it carries and how: undefined when all is as recorded. */
export function questionDifference(recorded: RecordedExchange, asked: Asked): QuestionDifference | undefined {
  const before: Asked = {
    url: recorded.uri,
    method: recorded.method === 'get' ? 'GET' : 'POST',
    headers: recorded.req_headers,
    body: recorded.req_body,
  }
  const [one, other] = [partsOf(before), partsOf(asked)]
  const names = [...new Set([...one.keys(), ...other.keys()])]
  const differing = names.filter((name) => !isSame(name, one.get(name), other.get(name)))
  if (differing.length === 0) return undefined
  return { expected: textOf(before, one, differing), got: textOf(asked, other, differing) }
}

/** Everything that is compared, by name: `?` before parameters. */
function partsOf({ url, method, headers, body }: Asked): ReadonlyMap<string, string> {
  const parts = new Map([['request', `${method} ${bare(url)}`]])
  if (!URL.canParse(url)) return parts
  const carried = carriedBy({ url, headers, ...(body === undefined ? {} : { body }) })
  for (const [name, value] of carried.parameters) parts.set(`?${name}`, value)
  for (const [name, value] of Object.entries(carried.headers)) if (!passedOver.test(name)) parts.set(name, value)
  return parts
}

const bare = (url: string): string => url.replace(/[?#].*$/s, '').replace(/^(https?:\/\/)[^/@]*@/i, '$1')

function isSame(name: string, before: string | undefined, now: string | undefined): boolean {
  if (before === undefined || now === undefined) return false
  return random.test(name.slice(1)) || now === '***' || isAgain(before, now)
}

function textOf(asked: Asked, parts: ReadonlyMap<string, string>, names: readonly string[]): string {
  const clauses = names.flatMap((name) => {
    const value = parts.get(name)
    if (name === 'request') return []
    const isParameter = name.startsWith('?')
    const shown = isParameter ? name.slice(1) : `header ${name}`
    if (value === undefined) return [`without ${shown}`]
    return [isParameter ? `with ${shown}=${value}` : `with ${shown}: ${value}`]
  })
  const what = ['is asked', asked.method, bare(asked.url), ...clauses].join(' ')
  return lineOf({ who: 'webhook', what })
}
