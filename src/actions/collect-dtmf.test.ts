import { expect, test } from 'vitest'
import { readEarly } from './collect-dtmf.ts'

test.each([
  ['', '#', '', false],
  ['12', '#', '12', false],
  ['12#', '#', '12', true],
  ['12#34', '#', '12', true],
  ['#', '#', '', false],
  ['##12', '#', '12', false],
  ['1*2', '*#', '1', true],
  ['1*2#', '', '1*2#', false],
])('typed ahead %j with the terminators %j: %j, ended: %j', (typed, terminators, digits, isEnded) => {
  expect(readEarly(typed, terminators)).toEqual({ digits, isEnded })
})
