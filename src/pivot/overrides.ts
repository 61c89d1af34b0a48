import type { Failure } from '../base/index.ts'

/** What the fragment of a URL says about the connection. */
export interface Overrides {
  readonly connectMs: number | undefined
  readonly readMs: number | undefined
  readonly totalMs: number | undefined
  /** Attempts after the first. */
  readonly retries: number
  isWorthARetry(failure: Failure): boolean
}

const ranges = { ct: [100, 10_000], rt: [100, 15_000], tt: [100, 15_000], rc: [0, 5] } as const

/**
 * Reads `#ct=1000&rt=3000&tt=8000&rc=2&rp=ct,rt,5xx`: milliseconds to connect, between bytes and in all, how often to
 * try again, and after what: `4xx`, `5xx`, `ct` (not connected), `rt` (nothing came in time), `all`. A value out of its
 * range is ignored. Differs from Twilio: without any of these there is no second attempt; `sni` and `e` have no effect.
 *
 * @source Twilio, webhook connection overrides
 */
export function readOverrides(url: string): Overrides {
  const [, fragment = ''] = /#(.*)$/s.exec(url) ?? []
  const given = new URLSearchParams(fragment)
  const number = (name: keyof typeof ranges): number | undefined => {
    const text = given.get(name) ?? ''
    const [least, most] = ranges[name]
    return /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined
  }
  const isGiven = ['ct', 'rt', 'tt', 'rc', 'rp'].some((name) => given.has(name))
  const policies = (given.get('rp') ?? '')
    .split(',')
    .map((policy) => policy.trim())
    .filter(isPolicy)
  return {
    connectMs: number('ct'),
    readMs: number('rt'),
    totalMs: number('tt'),
    retries: isGiven ? (number('rc') ?? 1) : 0,
    isWorthARetry: (failure) =>
      (policies.length === 0 ? connectPolicy : policies).some((name) => retries[name](failure)),
  }
}

const isConnecting = (failure: Failure): boolean =>
  ['HTTP_DNS', 'HTTP_CONNECT', 'HTTP_TLS'].includes(failure.code) ||
  ('stage' in failure.details && ['queue', 'dns', 'connect', 'tls'].includes(failure.details.stage))

/** Nothing of the answer has come: what has begun to come is never asked for again. */
const isUnanswered = (failure: Failure): boolean =>
  failure.code === 'HTTP_RESET' || ('stage' in failure.details && failure.details.stage === 'headers')

const hasStatus = (failure: Failure, hundreds: number): boolean =>
  failure.code === 'HTTP_STATUS' && 'status' in failure.details && Math.floor(failure.details.status / 100) === hundreds

const retries = {
  '4xx': (failure: Failure) => hasStatus(failure, 4),
  '5xx': (failure: Failure) => hasStatus(failure, 5),
  ct: isConnecting,
  rt: isUnanswered,
  all: (failure: Failure) =>
    isConnecting(failure) || isUnanswered(failure) || hasStatus(failure, 4) || hasStatus(failure, 5),
} as const

type Policy = keyof typeof retries
const connectPolicy: readonly Policy[] = ['ct']
const isPolicy = (text: string): text is Policy => Object.hasOwn(retries, text)
