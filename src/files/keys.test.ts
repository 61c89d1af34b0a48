import { expect, test } from 'vitest'
import { mediaKey } from './index.ts'

test('keys hold only what they may, and different documents have different keys', () => {
  const ids = ['greeting', 'a_b', 'a@b', 'a_40b', 'a/b', '~ü', 'x'.repeat(128)]
  const keys = ids.map((id) => mediaKey('A1', id))
  for (const key of keys) expect(key).toMatch(/^media\/A1\/[A-Za-z0-9._-]+$/)
  expect(new Set(keys).size).toBe(ids.length)
  expect(keys[0]).toBe('media/A1/greeting')
})
