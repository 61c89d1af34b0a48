import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonProblem } from './index.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('the place of a mistake is its line and column', () => {
  expect(jsonProblem('{\n  "a": 1,\n}')).toEqual({
    offset: 12,
    line: 3,
    column: 1,
    problem: '"}" stands where a key in double quotes must be',
  })
  expect(jsonProblem('[1 2]')?.problem).toBe('"2]" stands where "," or "]" must be')
  expect(jsonProblem('{"a"')?.problem).toBe('the text ends where ":" must be')
  expect(jsonProblem("{'a': 1}")?.column).toBe(2)
})

test('it finds a mistake exactly where JSON.parse finds one', () => {
  const spoiled = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', '}', ']', '\\', '0', 'e', '\n', 'x'))
  fc.assert(
    fc.property(spoiled, ([json, at, letter]) => {
      const place = at % (json.length + 1)
      const text = json.slice(0, place) + letter + json.slice(place + (letter === '' ? 1 : 0))
      expect(jsonProblem(text) === undefined, text).toBe(isJson(text))
    }),
    { numRuns: 2_000 },
  )
})

test('a long text is read in one go', () => {
  expect(jsonProblem(`["${'long '.repeat(200_000)}"]`)).toBeUndefined()
  expect(jsonProblem('['.repeat(100_000))?.offset).toBe(100_000)
})
