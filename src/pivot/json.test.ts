import { expect, test } from 'vitest'
import { jsonErrors, readJson } from './json.ts'

test.each([
  ['{"module":"play",}', '1:18'],
  ['{\n  "a": 1\n  "b": 2\n}', '3:3'],
  ['{} x', '1:4'],
  ['', '1:1'],
])('%j is wrong at %s', (text, at) => {
  expect(readJson(text)).toMatchObject({ at, problem: expect.stringContaining('must be') as unknown })
})

test('JSON that nests too deeply is refused, where it does, however deep it is', () => {
  const text = `["}]",\n${'{"a":['.repeat(100_000)}${']}'.repeat(100_000)}]`
  expect(readJson(text)).toEqual({ problem: 'nests deeper than 256 levels', at: '2:768' })
  const flow = `${'{"module":"play","children":{"_":'.repeat(100)}{}${'}}'.repeat(100)}`
  expect(readJson(flow)).toHaveProperty('value')
})

test('debug records say what KAZOO says', () => {
  expect(jsonErrors('{"a":1} x')).toEqual({ message: 'trailing data', before: '{"a":1} ', after: 'x' })
  expect(jsonErrors('{"a"')).toEqual({ message: 'invalid JSON', before: '{"a"', after: '' })
  expect(jsonErrors('{}')).toBeUndefined()
})
