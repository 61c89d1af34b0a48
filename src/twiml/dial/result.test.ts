import { expect, test } from 'vitest'
import { dialStatusOf, secondsOf } from './result.ts'

test.each([
  ['USER_BUSY', 486, 'busy'],
  ['USER_BUSY', 600, 'busy'],
  ['CALL_REJECTED', 603, 'busy'],
  ['CALL_REJECTED', undefined, 'busy'],
  ['CALL_REJECTED', 403, 'failed'],
  ['NO_ANSWER', 480, 'no-answer'],
  ['NO_USER_RESPONSE', 480, 'no-answer'],
  ['RECOVERY_ON_TIMER_EXPIRE', 408, 'no-answer'],
  ['RECOVERY_ON_TIMER_EXPIRE', 504, 'failed'],
  ['USER_NOT_REGISTERED', undefined, 'no-answer'],
  ['ORIGINATOR_CANCEL', 487, 'canceled'],
  ['LOSE_RACE', 487, 'canceled'],
  ['UNALLOCATED_NUMBER', 404, 'failed'],
  ['NORMAL_TEMPORARY_FAILURE', 503, 'failed'],
  ['NO_ROUTE_DESTINATION', undefined, 'failed'],
] as const)('%s (%s) is %s', (cause, sipStatus, status) => {
  expect(dialStatusOf(cause, sipStatus)).toBe(status)
})

test.each([
  [undefined, undefined, 0],
  [1_000, undefined, 4],
  [1_000, 3_499, 2],
  [1_000, 3_500, 3],
])('answered at %s ms and ended at %s ms are %s seconds', (answeredAt, endedAt, seconds) => {
  expect(secondsOf({ answeredAt, endedAt }, 5_000)).toBe(seconds)
})
