import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findProblem, jsonErrors, positionAt, readJson } from './json.ts'

test.each([
  ['{"module":"play",}', '1:18', 'expected key, found "}"'],
  ['{\n  "a": 1\n  "b": 2\n}', '3:3', 'expected , or }, found "\\""'],
  ['{"a" 1}', '1:6', 'expected :, found "1"'],
  ['{"a":', '1:6', 'ends too early: expected value'],
  ['', '1:1', 'ends too early: expected value'],
  ['[1,]', '1:4', 'expected value, found "]"'],
  ['{"a":01}', '1:6', 'expected value, found "0"'],
  ["{'a':1}", '1:2', 'expected key or }, found "\'"'],
  ['{"a":"b\nc"}', '1:6', 'a string that does not end, or with a control character or an unknown escape in it'],
  ['{"a":"\\x"}', '1:6', 'a string that does not end, or with a control character or an unknown escape in it'],
  ['{} x', '1:4', 'trailing data: expected the end, found "x"'],
  ['<Response/>', '1:1', 'expected value, found "<"'],
  ['nul', '1:1', 'expected value, found "n"'],
])('%j is wrong at %s: %s', (text, at, problem) => {
  const found = readJson(text)
  expect(found).toMatchObject({ problem })
  expect('offset' in found && positionAt(text, found.offset)).toBe(at)
})

test('JSON that nests too deeply is refused, where it does, however deep it is', () => {
  const text = `${'{"a":['.repeat(100_000)}${']}'.repeat(100_000)}`
  expect(readJson(text)).toEqual({ problem: 'nests deeper than 256 levels', offset: 768 })
  const flow = `${'{"module":"play","children":{"_":'.repeat(100)}{}${'}}'.repeat(100)}`
  expect(readJson(flow)).toHaveProperty('value')
})

test('a long string is no trouble', () => {
  expect(findProblem(`{"a":"${'x\\n'.repeat(300_000)}"}`)).toBeUndefined()
})

test('debug records say what KAZOO says', () => {
  expect(jsonErrors('{"a":1} x')).toEqual({ message: 'trailing data', before: '{"a":1} ', after: 'x' })
  expect(jsonErrors('{"a"')).toEqual({ message: 'invalid JSON', before: '{"a"', after: '' })
  expect(jsonErrors('{}')).toBeUndefined()
})

test('the walk over the tokens and JSON.parse agree on every text', () => {
  const noise = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', '1', ' ', '\u0001', 'e'))
  fc.assert(
    fc.property(noise, ([json, at, inserted]) => {
      const text = json.slice(0, at % (json.length + 1)) + inserted + json.slice((at % (json.length + 1)) + 1)
      const isJson = ((): boolean => {
        try {
          JSON.parse(text)
          return true
        } catch {
          return false
        }
      })()
      expect(findProblem(text) === undefined).toBe(isJson)
    }),
    { numRuns: 500 },
  )
})
