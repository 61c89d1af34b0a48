import { expect, test } from 'vitest'
import { Failure } from '../base/index.ts'
import { readOverrides } from './overrides.ts'

const url = 'http://h/'
const timeout = (stage: string): Failure => new Failure('HTTP_TIMEOUT', { url, timeoutMs: 1, stage })
const failures = {
  dns: new Failure('HTTP_DNS', { url, host: 'h' }),
  refused: new Failure('HTTP_CONNECT', { url, reason: 'ECONNREFUSED' }),
  tls: new Failure('HTTP_TLS', { url, reason: 'x' }),
  slowConnect: timeout('connect'),
  reset: new Failure('HTTP_RESET', { url }),
  silent: timeout('headers'),
  dripping: timeout('body'),
  s404: new Failure('HTTP_STATUS', { url, status: 404 }),
  s503: new Failure('HTTP_STATUS', { url, status: 503 }),
  bad: new Failure('PIVOT_CONTENT_TYPE', { url, contentType: 'x' }),
  forbidden: new Failure('HTTP_FORBIDDEN_ADDRESS', { url, address: 'x' }),
}

test('a URL without overrides is asked once, within the usual limits', () => {
  const { retries, connectMs, readMs, totalMs } = readOverrides('https://h/p#section')
  expect({ retries, connectMs, readMs, totalMs }).toEqual({ retries: 0 })
})

test.each([
  ['#ct=1000&rt=3000&rc=2&tt=8000', { connectMs: 1000, readMs: 3000, totalMs: 8000, retries: 2 }],
  ['#ct=99&rt=15001&rc=6&tt=x', { connectMs: undefined, readMs: undefined, totalMs: undefined, retries: 1 }],
  ['#rp=5xx', { retries: 1 }],
  ['#rc=0', { retries: 0 }],
])('%s means what Twilio means by it', (fragment, expected) => {
  expect(readOverrides(`https://h/p${fragment}`)).toMatchObject(expected)
})

const connecting = ['dns', 'refused', 'tls', 'slowConnect']
test.each([
  ['rc=1', connecting],
  ['rp=ct', connecting],
  ['rp=nonsense', connecting],
  ['rp=rt', ['reset', 'silent']],
  ['rp=4xx', ['s404']],
  ['rp=5xx,%20ct', [...connecting, 's503']],
  ['rp=all', [...connecting, 'reset', 'silent', 's404', 's503']],
])('#%s tries again after %j only', (fragment, expected) => {
  const overrides = readOverrides(`https://h/p#${fragment}`)
  const retried = Object.entries(failures).filter(([, failure]) => overrides.isWorthARetry(failure))
  expect(retried.map(([name]) => name)).toEqual(expected)
})
