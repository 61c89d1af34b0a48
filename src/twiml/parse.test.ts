import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFailure } from '../base/index.ts'
import { childrenOf, textOf, type TwimlElement } from './document.ts'
import { mostBytes, parseTwiml } from './parse.ts'

const url = 'https://dev.example/p'
const parse = (body: string) => parseTwiml(body, { url })

/** What a document that cannot be read fails with. */
function failureOf(body: string): unknown {
  try {
    parse(body)
  } catch (error) {
    if (isFailure(error)) return { code: error.code, ...error.details }
    throw error
  }
  return 'no failure'
}

test('verbs come with their attributes, text, children and positions', () => {
  const { verbs } = parse(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  <!-- a menu -->\n  <Gather numDigits="1"\n    action = \'/k?a=1&amp;b=2\'><Say>Press <![CDATA[<1>]]></Say>\n  </Gather>\n</Response>',
  )
  const [gather] = verbs
  expect(verbs).toHaveLength(1)
  expect(gather).toMatchObject({
    name: 'Gather',
    line: 4,
    column: 3,
    attributes: { numDigits: '1', action: '/k?a=1&b=2' },
    places: { numDigits: { line: 4, column: 11 }, action: { line: 5, column: 5 } },
  })
  const [say] = childrenOf(gather as TwimlElement)
  expect(say).toMatchObject({ name: 'Say', line: 5, column: 31 })
  expect(textOf(say as TwimlElement)).toBe('Press <1>')
})

test('columns count as editors do, also after an emoji', () => {
  expect(parse('<Response><Say>😀é</Say><Hangup/></Response>').verbs[1]).toMatchObject({ line: 1, column: 25 })
  expect(failureOf('<Response><Say>😀</Say>&</Response>')).toMatchObject({ at: '1:24' })
})

test('a byte order mark is let pass and counts for nothing', () => {
  expect(parse('\uFEFF<?xml version="1.0"?><Response><Hangup/></Response>').verbs[0]).toMatchObject({ column: 32 })
})

describe.each([
  ['<Response><Redirect>/k?a=1&b=2</Redirect></Response>', 12100, '1:27', /write "&amp;"/],
  ['<Response><Redirect a="/k?a=1&b=2"/></Response>', 12100, '1:30', /write "&amp;"/],
  ['<Response>&nbsp;</Response>', 12100, '1:11', /&#160;/],
  ['\n<?xml version="1.0"?><Response/>', 12100, '2:1', /not even white space/],
  ['<?xml version="2.0"?><Response/>', 12101, '1:20', /version/],
  ['<response/>', 12102, '1:1', /must be <Response>, not <response>/],
  ['\n <Vxml/>', 12102, '2:2', /must be <Response>/],
  ['', 12100, '1:1', /one <Response> element/],
  ['hello', 12100, '1:1', /one <Response> element/],
  ['{"module":"play"}', 12100, '1:1', /one <Response> element/],
  ['<Response/><Response/>', 12100, '1:12', /one <Response> element/],
  ['<Response><Say>Hi</say></Response>', 12100, '1:18', /case-sensitive/],
  ['<Response><Say>Hi</Response>', 12100, '1:18', /Missing end tag/],
  ['<Response><Say loop=2/></Response>', 12100, '1:21', /Attribute value expected/],
  ['<Response><Say loop="1" loop="2"/></Response>', 12100, '1:33', /Duplicate attribute/],
  ['<Response>\u0001</Response>', 12100, '1:11', /Invalid character/],
  ['<!DOCTYPE html><Response/>', 12100, '1:1', /document type/],
])('%j', (body, twilioCode, at, problem) => {
  test(`is refused as ${twilioCode} at ${at}`, () => {
    expect(failureOf(body)).toEqual({
      code: 'TWIML_INVALID',
      url,
      twilioCode,
      at,
      problem: expect.stringMatching(problem) as unknown,
    })
  })
})

describe('hostile documents', () => {
  test('an entity bomb', () => {
    const entities = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
    const bomb = `<!DOCTYPE Response [<!ENTITY l0 "lol">${entities}]><Response><Say>&l9;</Say></Response>`
    expect(failureOf(bomb)).toMatchObject({ code: 'TWIML_INVALID', twilioCode: 12100 })
  })

  test('an external entity', () => {
    const body = '<!DOCTYPE Response [<!ENTITY x SYSTEM "file:///etc/passwd">]><Response><Say>&x;</Say></Response>'
    expect(failureOf(body)).toMatchObject({ code: 'TWIML_INVALID', twilioCode: 12100 })
  })

  test.each([101, 9_000])('%d elements in each other', (depth) => {
    const body = `<Response>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</Response>`
    expect(failureOf(body)).toMatchObject({ code: 'TWIML_INVALID', problem: 'elements are nested too deeply' })
  })

  test('20000 elements that never end', () => {
    expect(failureOf(`<Response>${'<a>'.repeat(20_000)}`)).toMatchObject({ code: 'TWIML_INVALID' })
  })

  test('64 KiB is the most, counted in UTF-8', () => {
    const empty = Buffer.byteLength('<Response></Response>')
    const body = (bytes: number): string => `<Response>${'é'.repeat((bytes - empty) / 2)}</Response>`
    expect(parse(body(mostBytes - 1)).verbs).toEqual([])
    expect(failureOf(body(mostBytes + 1))).toEqual({ code: 'TWIML_TOO_LARGE', url, mostBytes })
  })

  test('attributes named after what objects have', () => {
    const [say] = parse('<Response><Say __proto__="x" constructor="y"/></Response>').verbs
    expect(Object.keys(say?.attributes ?? {})).toEqual(['__proto__', 'constructor'])
  })

  test('whatever the body is, it is read or fails by name', () => {
    const soup = fc.array(
      fc.oneof(
        fc.constantFrom(
          '<',
          '>',
          '/',
          '&',
          ';',
          '"',
          "'",
          '=',
          '<Response>',
          '</Response>',
          '<Say>',
          '</Say>',
          '<![CDATA[',
        ),
        fc.constantFrom(
          ']]>',
          '<!--',
          '-->',
          '<?xml version="1.0"?>',
          '<!DOCTYPE',
          '&amp;',
          '&#x41;',
          '\r\n',
          '\uFEFF',
        ),
        fc.string({ unit: 'binary', maxLength: 8 }),
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(soup, (parts) => void failureOf(parts.join(''))),
      { numRuns: 300 },
    )
  }, 20_000)
})
