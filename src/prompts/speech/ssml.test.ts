import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asciiOf } from './ascii.ts'
import { segmentsOfSsml, segmentsOfText, type Segment } from './ssml.ts'

const read = (ssml: string, language = 'en-us'): readonly Segment[] => segmentsOfSsml(ssml, language) ?? []
/** Text as it is said, pauses as numbers. */
const said = (ssml: string, language?: string): (string | number)[] =>
  read(ssml, language).map((segment) => (segment.kind === 'text' ? segment.text : segment.ms))

describe('SSML is taken apart into what any voice can do', () => {
  test.each([
    ['Hello <break time="1s"/> there', ['Hello', 1_000, 'there']],
    ['a<break time="250ms"/>b<break strength="x-strong"/>c<break/>d', ['a', 250, 'b', 1_000, 'c', 400, 'd']],
    ['a<break strength="none"/>b<break time="9999s"/>', ['a', 'b', 10_000]],
    ['<p><s>One.</s><s>Two.</s></p><p>Three.</p>', ['One.', 300, 'Two.', 600, 'Three.']],
    ['<sub alias="World Wide Web">WWW</sub> &amp; more', ['World Wide Web & more']],
    ['<phoneme alphabet="ipa" ph="x">pecan</phoneme> <w role="verb">read</w> <made-up>it</made-up>', ['pecan read it']],
    ['<amazon:effect name="whispered">quietly</amazon:effect>', ['quietly']],
  ])('%s', (ssml, expected) => expect(said(ssml)).toEqual(expected))

  test('prosody is a rate, a pitch and a loudness, and nests', () => {
    const [slow, slower] = read(
      '<prosody rate="50%" pitch="high" volume="-6dB">a<prosody rate="slow">b</prosody></prosody>',
    )
    expect(slow).toMatchObject({ text: 'a', rate: 0.5, pitch: 1.15, gainDb: -6 })
    expect(slower).toMatchObject({ text: 'b', rate: 0.375 })
  })

  test.each([
    ['x-fast', 1.6],
    ['150%', 1.5],
    ['+10%', 1.1],
    ['-20%', 0.8],
    ['9000%', 4],
    ['nonsense', 1],
  ])('rate %s', (rate, expected) => {
    expect(read(`<prosody rate="${rate}">a</prosody>`)[0]).toMatchObject({ rate: expected })
  })

  test('another language inside', () => {
    expect(read('Say <lang xml:lang="fr-FR">bonjour</lang>')[1]).toMatchObject({ text: 'bonjour', language: 'fr-fr' })
  })

  test.each([
    ['interpret-as="characters"', 'abc', 'A, B, C'],
    ['interpret-as="digits"', '4 07', '4, 0, 7'],
    ['role="spell-out"', 'hi', 'H, I'],
    ['interpret-as="telephone"', '4155551234', '4 1 5, 5 5 5, 1 2 3 4'],
    ['interpret-as="cardinal"', '1,234', 'one thousand two hundred thirty four'],
    ['interpret-as="ordinal"', '22', 'twenty second'],
    ['interpret-as="currency"', '$42.01', 'forty two dollars and one cent'],
    ['interpret-as="fraction"', '3/20', 'three over twenty'],
    ['interpret-as="date" format="mdy"', '12/24/2026', 'December twenty fourth, twenty twenty six'],
    ['interpret-as="date" format="dm"', '24.12.', 'December twenty fourth'],
    ['interpret-as="date" role="yyyymmdd"', '????0229', 'February twenty ninth'],
    ['interpret-as="date"', '2009-01-02', 'January second, two thousand nine'],
    ['interpret-as="date"', '99/99/1999', '99/99/1999'],
    ['interpret-as="time"', '3:05pm', 'three oh five P M'],
    ['interpret-as="time"', `1'21"`, 'one minute, twenty one seconds'],
    ['interpret-as="address"', '1 Main St', '1 Main St'],
  ])('say-as %s: %s', (attributes, text, expected) => {
    expect(said(`<say-as ${attributes}>${text}</say-as>`)).toEqual([expected])
  })

  test('figures of other languages are left to their voices', () => {
    expect(said('<say-as interpret-as="cardinal">42</say-as>', 'fr-fr')).toEqual(['42'])
  })

  test.each(['<p>', 'a < b', '<break time="1s">', '&bomb;', '<!DOCTYPE x [<!ENTITY a "b">]>&a;'])(
    '%s is no SSML',
    (ssml) => expect(segmentsOfSsml(ssml, 'en')).toBeUndefined(),
  )

  test('too deep or too many is no SSML either', () => {
    expect(segmentsOfSsml('<p>'.repeat(100) + 'a' + '</p>'.repeat(100), 'en')).toBeUndefined()
    expect(segmentsOfSsml('a<break/>'.repeat(300), 'en')).toBeUndefined()
  })

  test('no document makes it throw', () => {
    const piece = fc.constantFrom(
      '<p>',
      '</p>',
      '<break/>',
      '<prosody rate="',
      '">',
      'text',
      '&amp;',
      '<say-as role="time">',
    )
    const markup = fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }).map((pieces) => pieces.join(''))
    fc.assert(fc.property(markup, (ssml) => void segmentsOfSsml(ssml, 'en')))
  })
})

test('plain text is one segment, empty text is none', () => {
  expect(segmentsOfText('  a \n b ')).toMatchObject([{ text: 'a b' }])
  expect(segmentsOfText(' \n ')).toEqual([])
})

test.each([
  ['Café “Zoë” – 5 €', 'Cafe "Zoe" ,  5  euros '],
  ['naïve Straße', 'naive Strasse'],
  ['日本 ok', '  ok'],
  ['x'.repeat(90), `${'x'.repeat(40)} ${'x'.repeat(40)} ${'x'.repeat(10)}`],
])('%s for a voice that knows only ASCII', (text, expected) => expect(asciiOf(text)).toBe(expected))
