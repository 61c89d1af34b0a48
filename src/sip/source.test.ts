import { expect, test } from 'vitest'
import { VirtualClock } from '../base/index.ts'
import { Admission } from './admission.ts'
import { AuthenticationFailures } from './digest-failures.ts'
import { RateLimit } from './rate-limit.ts'
import { sourceOf } from './source.ts'

test('of IPv6 a source is the network of 64 bits, of IPv4 the address', () => {
  expect(sourceOf('192.0.2.1')).toBe('192.0.2.1')
  expect(sourceOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(sourceOf('2001:DB8:0:0:ffff::2')).toBe(sourceOf('2001:db8::1'))
  expect(sourceOf('2001:db8:0:1::1')).not.toBe(sourceOf('2001:db8::1'))
  expect(sourceOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
})

test('whoever has a network of addresses has the limits of one', () => {
  const admission = new Admission({ most: 9, mostPerSource: 1 })
  expect(['2001:db8::1', '2001:db8::2', '2001:db8:1::1'].map((address) => admission.enter(address))).toEqual([
    true,
    false,
    true,
  ])
  admission.leave('2001:db8::1')
  expect(admission.enter('2001:db8::2')).toBe(true)
  const rate = new RateLimit(1)
  expect(['2001:db8::1', '2001:db8::2', '192.0.2.1', '192.0.2.2'].map((address) => rate.allows(address, 0))).toEqual([
    true,
    false,
    true,
    true,
  ])
  const failures = new AuthenticationFailures(new VirtualClock(), { most: 2, windowMs: 60_000, refusedMs: 60_000 })
  failures.add('2001:db8::1')
  expect(failures.add('2001:db8::2')).toBe(true)
  expect(failures.isRefused('2001:db8::3')).toBe(true)
  expect(failures.isRefused('2001:db8:0:1::1')).toBe(false)
})
