import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeForm, withQuery } from './form.ts'

test.each([
  [{ From: 'Ann Lee', To: '+1555' }, 'From=Ann+Lee&To=%2B1555'],
  [{ Digits: { pin: '1234', default: '' } }, 'Digits%5Bpin%5D=1234&Digits%5Bdefault%5D='],
  [{ a: { b: { c: 1 } } }, 'a%5Bb%5D%5Bc%5D=1'],
  [{ 'User-ID': ['u1', 'u2'] }, 'User-ID%5B%5D=u1&User-ID%5B%5D=u2'],
  [{ a: [{ b: 1 }, [2]] }, 'a%5B0%5D%5Bb%5D=1&a%5B1%5D%5B%5D=2'],
  [{ a: null, b: undefined, c: {}, d: [], e: '' }, 'e='],
  [{ a: true, b: false, c: 1.5 }, 'a=true&b=false&c=1.5'],
  [{ 'a&b=c': 'ü' }, 'a%26b%3Dc=%C3%BC'],
])('%j is written as %s', (fields, form) => {
  expect(encodeForm(fields)).toBe(form)
})

test.each([
  ['https://h/p', 'https://h/p?x=1'],
  ['https://h/p?', 'https://h/p?x=1'],
  ['https://h/p?a=b', 'https://h/p?a=b&x=1'],
  ['https://h/p?a=b&', 'https://h/p?a=b&x=1'],
  ['https://h/p?a=b#rc=2', 'https://h/p?a=b&x=1#rc=2'],
])('parameters of a GET come after what %s has', (url, expected) => {
  expect(withQuery(url, 'x=1')).toBe(expected)
  expect(withQuery(url, '')).toBe(url)
})

/** Reads a form as PHP and its followers do: the inverse of the encoder, for fields without empty or null values. */
function decode(form: string): unknown {
  const root: Record<string, unknown> = {}
  for (const [name, value] of new URLSearchParams(form)) {
    const [first = '', ...rest] = name.replaceAll(']', '').split('[')
    let inside: Record<string, unknown> | unknown[] = root
    let key = first
    for (const next of rest) {
      const held = Array.isArray(inside) ? inside[Number(key)] : Object.hasOwn(inside, key) ? inside[key] : undefined
      const below = (held ?? (next === '' || /^\d+$/.test(next) ? [] : {})) as Record<string, unknown> | unknown[]
      if (Array.isArray(inside)) inside[Number(key)] = below
      else inside[key] = below
      inside = below
      key = next
    }
    if (!Array.isArray(inside)) inside[key] = value
    else if (key === '') inside.push(value)
    else inside[Number(key)] = value
  }
  return root
}

test('whatever is sent can be read back', () => {
  const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => /^[^[\]\d_][^[\]]*$/.test(text)) // no digits: lists; no `__proto__`
  const text = fc.string({ unit: 'grapheme' })
  const { value } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, text, tie('object'), fc.array(text, { minLength: 1, maxLength: 3 })),
    object: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  }))
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }), (fields) => {
      expect(decode(encodeForm(fields))).toEqual(fields)
    }),
  )
})
