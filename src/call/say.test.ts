import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cardinal } from './english.ts'
import { sayText, sayTypes, type Saying, type SayType } from './say.ts'

const nowMs = Date.UTC(2026, 10, 22, 20, 5)
const say = (type: SayType, text: string, more: Partial<Saying> = {}): string =>
  sayText({ text, type, method: 'pronounced', language: 'en-US', nowMs, ...more })

describe('what a text is decides how it is said', () => {
  test.each<[SayType, string, string]>([
    ['number', '1234567', 'one million two hundred thirty four thousand five hundred sixty seven'],
    ['number', '-3.14', 'minus three point one four'],
    ['number', '0', 'zero'],
    ['number', 'many', 'many'],
    ['currency', '12.50', 'twelve dollars and fifty cents'],
    ['currency', '$1', 'one dollar'],
    ['currency', '0.01', 'one cent'],
    ['currency', '£2.30', 'two pounds and thirty pence'],
    ['time_measurement', '3725', 'one hour, two minutes, five seconds'],
    ['time_measurement', '1:02', 'one minute, two seconds'],
    ['time_measurement', '0', 'zero seconds'],
    ['telephone_number', '+15551230001', 'plus 1, 5 5 5, 1 2 3, 0 0 0 1'],
    ['telephone_number', '555-1234', '5 5 5, 1 2 3 4'],
    ['telephone_extension', '100#', '1, 0, 0, pound'],
    ['url', 'https://www.example.com/a', 'W W W dot example dot com slash a'],
    ['e-mail_address', 'a.b@c.de', 'a dot b at c dot de'],
    ['ip_address', '192.168.0.1', '192 dot 168 dot 0 dot 1'],
    ['name_spelled', 'Bob 7', 'B, O, B, 7'],
    ['name_phonetic', 'az1', 'Alfa, Zulu, 1'],
    ['postal_address', '1 Main St', '1 Main St'],
    ['current_date', '', 'November twenty second, twenty twenty six'],
    ['current_time', '0', 'eight oh five P M'],
    ['current_date_time', '1700000000', 'November fourteenth, twenty twenty three, ten thirteen P M'],
    ['short_date_time', '2024-02-29T00:00:00Z', 'February twenty ninth, twelve A M'],
  ])('%s %s', (type, text, expected) => expect(say(type, text)).toBe(expected))

  test('by its method', () => {
    expect(say('number', '21', { method: 'counted' })).toBe('twenty first')
    expect(say('number', '21', { method: 'iterated' })).toBe('2, 1')
  })

  test('in the caller’s time zone; one that does not exist is UTC', () => {
    expect(say('current_time', '', { timezone: 'Europe/Berlin' })).toBe('nine oh five P M')
    expect(say('current_time', '', { timezone: 'Nowhere/At_All' })).toBe('eight oh five P M')
  })

  test('other languages read figures by themselves', () => {
    expect(say('number', '21', { language: 'fr-FR' })).toBe('21')
    expect(say('current_date', '', { language: 'fr-fr' })).toBe('22 novembre 2026')
  })

  test('nothing makes it throw', () => {
    const saying = fc.record({
      text: fc.string(),
      type: fc.constantFrom(...sayTypes),
      language: fc.string({ maxLength: 8 }),
    })
    fc.assert(fc.property(saying, ({ type, text, language }) => typeof say(type, text, { language }) === 'string'))
  })
})

test('every number is said as the sum of its words', () => {
  const values = new Map<string, number>()
  for (let i = 0; i <= 100; i++) values.set(cardinal(i), i)
  expect(values.size).toBe(101)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999 }), (number) => {
      const [above, below] = [Math.floor(number / 1_000), number % 1_000]
      const words = [
        ...(above > 0 ? [`${cardinal(above)} thousand`] : []),
        ...(below > 0 || above === 0 ? [cardinal(below)] : []),
      ]
      return cardinal(number) === words.join(' ')
    }),
  )
})
