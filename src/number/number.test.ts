import { describe, expect, test } from 'vitest'
import { newNumberPlan, normalizeNumber, type PlanEntry } from './index.ts'

describe('a number is compared', () => {
  test.each([
    ['5551230001', 'US', '+15551230001'],
    ['15551230001', 'US', '+15551230001'],
    ['(415) 555-2671', 'US', '+14155552671'],
    ['01141441234567', 'US', '+41441234567'],
    ['044 123 45 67', 'CH', '+41441234567'],
    ['0041441234567', 'ch', '+41441234567'],
    ['+41441234567', 'US', '+41441234567'],
    ['+1 (555) 123-0001', 'CH', '+15551230001'],
  ])('%s dialled in %s as %s', (dialled, country, number) => {
    expect(normalizeNumber(dialled, country)).toBe(number)
  })

  test.each([
    ['an extension', '2030', 'DE'],
    ['a feature code', '*97', 'US'],
    ['a feature code with a number', '*72+15551230001', 'US'],
    ['the name of a SIP user', 'ann.lee', 'US'],
    ['a number too long for any country', '99999999999999999', 'US'],
    ['a national number of no country', '0441234567', 'XX'],
    ['nothing', '', 'US'],
  ])('as dialled: %s', (_, dialled, country) => {
    expect(normalizeNumber(dialled, country)).toBe(dialled)
  })
})

describe('who answers a number', () => {
  const refused: string[] = []
  const plan = (...entries: readonly Partial<PlanEntry<string>>[]) =>
    newNumberPlan(
      entries.map((entry, index) => ({ numbers: [], patterns: [], value: `flow ${index + 1}`, ...entry })),
      ({ code, details }) => refused.push(`${code} ${details.pattern}`),
    )

  test('whoever lists it, whatever patterns say', () => {
    const { lookUp } = plan({ patterns: ['^1'] }, { numbers: ['100'] }, { numbers: ['100'] })
    expect(lookUp('100')).toEqual({ value: 'flow 2', isNoMatch: false, captureGroup: undefined, captureGroups: {} })
  })

  test('else the pattern whose longest group captured most', () => {
    const { lookUp } = plan({ patterns: ['^\\*5([0-9])'] }, { patterns: ['^\\*(5)([0-9]+)$'] }, { patterns: ['^\\*'] })
    expect(lookUp('*5123')).toMatchObject({ value: 'flow 2', captureGroup: '123' })
  })

  test('of a pattern without groups, what it matched counts', () => {
    const { lookUp } = plan({ patterns: ['^\\*5([0-9])'] }, { patterns: ['^\\*5[0-9]+$'] })
    expect(lookUp('*512')).toMatchObject({ value: 'flow 2', captureGroup: '*512' })
  })

  test('of equals, the first', () => {
    expect(plan({ patterns: ['^(12)'] }, { patterns: ['(34)$'] }).lookUp('1234')).toMatchObject({ value: 'flow 1' })
  })

  test('patterns match anywhere unless they are anchored', () => {
    expect(plan({ patterns: ['55'] }).lookUp('1551')).toMatchObject({ value: 'flow 1' })
    expect(plan({ patterns: ['^55$'] }).lookUp('1551')).toBeUndefined()
  })

  test('named groups are known by their names; empty ones are not', () => {
    const { lookUp } = plan({ patterns: ['^(?P<code>\\*[0-9])(?P<rest>[0-9]*)$'] })
    expect(lookUp('*7')).toMatchObject({ captureGroups: { code: '*7' } })
    expect(lookUp('*712')).toMatchObject({ captureGroups: { code: '*7', rest: '12' } })
  })

  test('a pattern that is no regular expression we run is left out, and told', () => {
    const { lookUp } = plan({ patterns: ['(', '^(?=1)1', '^1'] })
    expect(lookUp('123')).toMatchObject({ value: 'flow 1' })
    expect(refused).toEqual(['NUMBER_PATTERN_INVALID (', 'NUMBER_PATTERN_INVALID ^(?=1)1'])
  })

  test('else the one for all other numbers, if it is a number', () => {
    const { lookUp } = plan({ numbers: ['no_match'] })
    expect(lookUp('999')).toMatchObject({ value: 'flow 1', isNoMatch: true })
    expect(lookUp('+15551230001')).toMatchObject({ isNoMatch: true })
    for (const other of ['ann', '*97', 'no_match', '']) expect(lookUp(other), other).toBeUndefined()
  })

  test('a pattern made to take for ever takes no time', () => {
    const { lookUp } = plan({ patterns: ['^(1+)+$'] })
    expect(lookUp(`${'1'.repeat(5_000)}x`)).toBeUndefined()
  })
})
