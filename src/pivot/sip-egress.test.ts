import { expect, test } from 'vitest'
import { VirtualClock } from '../base/index.ts'
import { readEgress } from '../http/index.ts'
import { sipEgress } from './index.ts'

const names: Readonly<Record<string, readonly string[]>> = {
  'pbx.example': ['198.51.101.7'],
  'inside.example': ['10.0.0.1'],
  'both.example': ['198.51.101.7', '127.0.0.1'],
  'nothing.example': [],
}

const addressesOf = async (name: string): Promise<readonly string[]> => {
  const addresses = names[name]
  if (addresses === undefined) throw new Error('ENOTFOUND')
  return addresses
}

test.each([
  ['198.51.101.7', true],
  ['127.0.0.1', false],
  ['[2606:4700::1111]', true],
  ['[::1]', false],
  ['pbx.example', true],
  ['inside.example', false],
  ['both.example', false],
  ['nothing.example', false],
  ['unknown.example', false],
])('with public egress, whether calls may go to %s: %s', async (host, may) => {
  const mayDial = sipEgress({ egress: readEgress('public'), clock: new VirtualClock(), addressesOf })
  expect(await mayDial(host)).toBe(may)
})

test('a name that is not resolved within five seconds is nowhere to go', async () => {
  const clock = new VirtualClock()
  const mayDial = sipEgress({ egress: () => true, clock, addressesOf: () => new Promise(() => undefined) })
  const answer = mayDial('slow.example')
  await clock.advance(5_000)
  expect(await answer).toBe(false)
})
