import { expect, test } from 'vitest'
import { ringToneCountries, ringToneOf } from './ring-tones.ts'
import { vocabulary } from '../vocabulary.ts'

test('every country of the vocabulary has a tone', () => {
  const values = vocabulary.get('Dial')?.attributes.get('ringTone')
  expect(values).toMatchObject({ kind: 'oneOf' })
  expect([...ringToneCountries].sort()).toEqual(
    values !== undefined && 'words' in values ? [...values.words].sort() : [],
  )
})

test.each([
  ['us', '%(2000,4000,440,480)'],
  ['uk', '%(400,200,400,450);%(400,2000,400,450)'],
  ['fr', '%(1500,3500,440)'],
  ['xx', undefined],
  ['constructor', undefined],
])('%s sounds like %s', (country, spec) => {
  expect(ringToneOf(country)).toBe(spec)
})
