import { expect, test } from 'vitest'
import { addressFor, plainAddress } from './index.ts'

test('an IPv4 address looks the same whichever socket it comes from', () => {
  expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(plainAddress('192.0.2.1')).toBe('192.0.2.1')
  expect(plainAddress('2001:db8::1')).toBe('2001:db8::1')
  expect(plainAddress('::ffff:1:2')).toBe('::ffff:1:2')
})

test('a socket for IPv6 is given IPv4 addresses in its own form', () => {
  expect(addressFor(6, '192.0.2.1')).toBe('::ffff:192.0.2.1')
  expect(addressFor(6, '::1')).toBe('::1')
  expect(addressFor(4, '192.0.2.1')).toBe('192.0.2.1')
})
