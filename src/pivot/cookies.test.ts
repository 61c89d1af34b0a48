import { expect, test } from 'vitest'
import { Cookies } from './cookies.ts'

const now = Date.UTC(2026, 0, 1)

/** The Cookie header for `to`, after `from` has set `headers`. */
function sent(from: string, headers: readonly string[], to: string): string {
  const cookies = new Cookies()
  cookies.keep(from, headers, now)
  return cookies.for(to)
}

test.each([
  ['a=1; Path=/', 'https://h.example/x', 'a=1'],
  ['a=1', 'https://h.example/dir/other', 'a=1'],
  ['a=1', 'https://h.example/else', ''],
  ['a=1; Path=/dir', 'https://h.example/directory', ''],
  ['a=1; Path=/', 'https://sub.h.example/', ''],
  ['a=1; Path=/; Domain=.h.example', 'https://sub.h.example/', 'a=1'],
  ['a=1; Path=/; Domain=other.example', 'https://other.example/', ''],
  ['a=1; Path=/; Domain=example', 'https://evil.example/', ''],
  ['a=1; Path=/; Secure', 'http://h.example/', ''],
  ['a=1; Path=/; Secure', 'https://h.example/', 'a=1'],
  ['a=1; Path=/; Max-Age=0', 'https://h.example/', ''],
  ['a=1; Path=/; Expires=Wed, 01 Jan 2020 00:00:00 GMT', 'https://h.example/', ''],
  ['a=1; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT', 'https://h.example/', 'a=1'],
  ['a="x=y"; Path=/', 'https://h.example/', 'a="x=y"'],
  ['nonsense', 'https://h.example/dir/', ''],
  ['a=b\u0007; Path=/', 'https://h.example/', ''],
])('%s goes to %s as %j', (header, to, expected) => {
  expect(sent('https://h.example/dir/page', [header], to)).toBe(expected)
})

test('the later value of a cookie wins, and longer paths come first', () => {
  const headers = ['a=1; Path=/', 'b=2; Path=/dir', 'a=3; Path=/']
  expect(sent('https://h.example/dir/page', headers, 'https://h.example/dir/x')).toBe('b=2; a=3')
})

test('a call keeps no more than fifty cookies', () => {
  const many = Array.from({ length: 200 }, (_, index) => `c${index}=1; Path=/`)
  expect(sent('https://h.example/', many, 'https://h.example/').split('; ')).toHaveLength(50)
})
