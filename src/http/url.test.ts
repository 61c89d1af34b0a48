import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveUrl, shownUrl, wireUrl } from './index.ts'

test.each([
  ['/x', 'http://h/a/b?q', 'http://h/x'],
  ['x', 'http://h/a/b', 'http://h/a/x'],
  ['x', 'http://h', 'http://h/x'],
  ['t.php', 'http://h/a/s.php', 'http://h/a/t.php'],
  ['/t.php', 'http://h/a/s.php', 'http://h/t.php'],
  ['b', 'http://h/a', 'http://h/b'],
  ['../.././a', 'http://h/d1/d2/d3/f.ext', 'http://h/d1/a'],
  ['../../../../a', 'http://h/d1/', 'http://h/a'],
  ['?q=1', 'http://h/a/b?z#f', 'http://h/a/b?q=1'],
  ['.?Dial=true', 'http://h/a/b', 'http://h/a/?Dial=true'],
  ['', 'http://h/a/b?z#f', 'http://h/a/b?z'],
  ['  \n /x ', 'http://h/a', 'http://h/x'],
  ['//other/x', 'https://h/a', 'https://other/x'],
  ['/x', 'http://u:p@h/a', 'http://u:p@h/x'],
  ["HTTP://Other/'x'#rc=2", 'http://h/a', "HTTP://Other/'x'#rc=2"],
  ['/x#rt=100', 'http://h/a', 'http://h/x#rt=100'],
])('%j in a document from %s is %s', (reference, base, resolved) => {
  expect(resolveUrl(reference, base)).toBe(resolved)
})

test.each(['mailto:x@y', 'http://[', 'javascript:1'])('%j leads nowhere', (reference) => {
  expect(() => resolveUrl(reference, 'http://h/')).toThrow(
    expect.objectContaining({ code: 'HTTP_URL_INVALID' }) as Error,
  )
})

test.each([
  ["https://u:p@h:443/a'b?c='d'#e", "https://h/a'b?c='d'"],
  ['http://H:8080', 'http://h:8080/'],
  ['http://h/a/../b', 'http://h/b'],
  ['http://h?x', 'http://h/?x'],
])('%s goes over the wire as %s', (url, wire) => {
  expect(wireUrl(url)).toBe(wire)
})

test('what is shown of a URL holds no secrets', () => {
  expect(shownUrl('https://u:p@h:8443/a?token=1#f')).toBe('https://h:8443/a')
  expect(shownUrl('https://u:p@h h/a?token=1')).toBe('https://h h/a')
})

test('an empty query is kept, also where dots in the path are resolved', () => {
  expect(wireUrl('http://h/./a?')).toBe('http://h/a?')
})

test('whatever is written, what goes over the wire is the URL that is meant', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
      expect(new URL(wireUrl(url)).href).toBe(new URL(url.replace(/#.*$/, '')).href)
    }),
  )
})
