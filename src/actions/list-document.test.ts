import { expect, test } from 'vitest'
import { beginsWith, fitsPattern, listEntries } from './list-document.ts'

test('entries are read from maps and lists, in the names of both ages', () => {
  const entry = { prefix: 1555, regexp: '^1', cid_name: 'Old' }
  expect(listEntries({ id: 'l', entries: { a: entry } })).toMatchObject([
    { key: 'a', prefix: '1555', pattern: '^1', displayName: 'Old' },
  ])
  expect(listEntries({ id: 'l', entries: [{ number: '2', displayname: 'New', name: 'N' }] })).toMatchObject([
    { key: '', prefix: '2', displayName: 'New', name: 'N', number: '2' },
  ])
  expect(listEntries({ id: 'l', entries: 'none' })).toEqual([])
  expect(listEntries(undefined)).toEqual([])
})

test('a plus makes no difference, and an entry without a number or with a broken pattern fits nobody', () => {
  const [one, none, broken] = listEntries({ id: 'l', entries: [{ number: '+1555' }, {}, { pattern: '(' }] })
  if (one === undefined || none === undefined || broken === undefined) throw new Error('three entries')
  expect(['15551', '+15551', '1666'].map((number) => beginsWith(number, one))).toEqual([true, true, false])
  expect([beginsWith('1', none), fitsPattern('1', none), fitsPattern('1', broken)]).toEqual([false, false, false])
})
