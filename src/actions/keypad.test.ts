import { expect, test } from 'vitest'
import { keypadOf } from './keypad.ts'

test.each([
  ['Ann Lee', '266533'],
  ["Zoë O'Neil-Ćosić", '963663452674 2'.replace(' ', '')],
  ['Groß', '47677'],
  ['Łukasz Ørsted', '585279677833'],
  ['42', ''],
])('%s is spelled %s', (name, keys) => {
  expect(keypadOf(name)).toBe(keys)
})
