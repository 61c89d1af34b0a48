import { expect, test } from 'vitest'
import { branchTo } from '../../../test/support/dialling-house.ts'
import type { HangupCause } from '../index.ts'
import { rankedResult } from './causes.ts'

const results = (...causes: readonly HangupCause[]) =>
  causes.map((cause) => ({ branch: branchTo('u1'), cause, sipStatus: 480 }))

test.each<[string, HangupCause, readonly HangupCause[]]>([
  ['a phone that rang', 'NO_ANSWER', ['USER_BUSY', 'NO_ANSWER', 'CALL_REJECTED']],
  ['a busy one', 'USER_BUSY', ['CALL_REJECTED', 'USER_BUSY', 'USER_NOT_REGISTERED']],
  ['one that declined', 'CALL_REJECTED', ['CALL_REJECTED', 'NO_USER_RESPONSE']],
  ['one that did not react', 'NO_USER_RESPONSE', ['NO_USER_RESPONSE', 'USER_NOT_REGISTERED']],
  ['the last', 'USER_NOT_REGISTERED', ['UNALLOCATED_NUMBER', 'USER_NOT_REGISTERED']],
  ['nobody at all', 'NO_ROUTE_DESTINATION', []],
])('of the causes of several branches, %s decides', (_, cause, causes) => {
  expect(rankedResult(results(...causes)).cause).toBe(cause)
})
