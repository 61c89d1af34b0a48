import { describe, expect, test } from 'vitest'
import { lintTwiml, verbs } from './index.ts'
import { meant, vocabulary } from './vocabulary.ts'

describe.each([...verbs.values()].map((verb) => [verb.name, verb] as const))('<%s>', (name, verb) => {
  test('has the attributes that the vocabulary has', () => {
    const known = [...(vocabulary.get(name)?.attributes.keys() ?? [])].sort()
    expect(Object.keys(verb.attributes.properties).sort()).toEqual(known)
  })

  test('describes every attribute', () => {
    for (const property of Object.values(verb.attributes.properties)) expect(property).toHaveProperty('description')
  })

  test('has an example without a fault', () => {
    expect(lintTwiml(`<Response>${verb.example}</Response>`)).toEqual([])
  })
})

test('every child that is allowed exists', () => {
  for (const { children } of vocabulary.values()) for (const child of children) expect(vocabulary.has(child)).toBe(true)
})

test('every list of words has words', () => {
  for (const { attributes } of vocabulary.values()) {
    for (const values of attributes.values()) if ('words' in values) expect(values.words).not.toEqual([])
  }
})

test('a name in another case is recognised as meant', () => {
  expect(meant('SAY', vocabulary.keys())).toBe('Say')
  expect(meant('Sing', vocabulary.keys())).toBeUndefined()
})
