import { expect, test } from 'vitest'
import { classifyNumber } from './index.ts'

test.each([
  ['911', 'US', 'emergency'],
  ['112', 'CH', 'emergency'],
  ['144', 'CH', 'emergency'],
  ['999', 'GB', 'emergency'],
  ['999', 'US', 'unknown'],
  ['+18005551234', 'US', 'tollfree_us'],
  ['+18335551234', 'CA', 'tollfree_us'],
  ['+19005551234', 'US', 'toll_us'],
  ['+14155552671', 'US', 'did_us'],
  ['+16135550123', 'CA', 'did_us'],
  ['+18765551234', 'US', 'caribbean'],
  ['+441632960123', 'US', 'international'],
  ['+14155552671', 'CH', 'did_us'],
  ['+41441234567', 'CH', 'did_ch'],
  ['+41800123456', 'CH', 'tollfree_ch'],
  ['+41900123456', 'ch', 'toll_ch'],
  ['+41441234567', 'DE', 'international'],
  ['011441632960123', 'XX', 'international'],
  ['00441632960123', 'XX', 'international'],
  ['2030', 'US', 'unknown'],
  ['*97', 'US', 'unknown'],
  ['ann', 'US', 'unknown'],
])('%s dialled in %s is %s', (number, country, expected) => {
  expect(classifyNumber(number, country)).toBe(expected)
})
