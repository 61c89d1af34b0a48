import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { child, defineAction, newRegistry } from '../callflow/index.ts'
import { isFailure, type FailureCode } from '../base/index.ts'
import type { HttpAnswer } from '../http/index.ts'
import { readAnswer } from './answer.ts'

const play = defineAction({
  module: 'play',
  summary: '',
  source: '',
  data: Type.Object({ loop: Type.Integer({ default: 1 }) }),
  children: {},
  example: { module: 'play' },
  run: async () => child(),
})
const registry = newRegistry([play])
const json = '{"module":"play","data":{"loop":"2"}}'
const xml = '<Response><Say>Grüezi</Say></Response>'

const answer = (body: string | Buffer, type?: string, status = 200): HttpAnswer => ({
  url: 'https://u:p@h/p?secret=1',
  status,
  headers: type === undefined ? {} : { 'content-type': type },
  cookies: [],
  body: Buffer.from(body),
  timing: { totalMs: 1 },
})

const dialectOf = (given: HttpAnswer): string => readAnswer(given, { registry, mayBeEmpty: false }).dialect

const failureOf = (given: HttpAnswer): { code: FailureCode; details: unknown } | undefined => {
  try {
    readAnswer(given, { registry, mayBeEmpty: false })
    return undefined
  } catch (error) {
    if (!isFailure(error)) throw error
    return { code: error.code, details: error.details }
  }
}

test.each([
  ['application/json', json, 'kazoo'],
  ['Application/JSON; Charset="UTF-8"', json, 'kazoo'],
  ['application/vnd.kazoo+json', json, 'kazoo'],
  ['text/json', json, 'kazoo'],
  ['text/xml', xml, 'twiml'],
  ['application/xml;charset=utf-8', xml, 'twiml'],
  ['application/twiml+xml', xml, 'twiml'],
  ['text/html; charset=utf-8', xml, 'twiml'],
  ['text/html', json, 'kazoo'],
  ['text/plain', ` \n${json}`, 'kazoo'],
  ['text/plain', `\ufeff${xml}`, 'twiml'],
  [undefined, xml, 'twiml'],
  [undefined, json, 'kazoo'],
])('%s with %s is %s', (type, body, dialect) => {
  expect(dialectOf(answer(body, type))).toBe(dialect)
})

test.each([200, 201, 206, 299])('status %d with a body is an answer', (status) => {
  expect(dialectOf(answer(json, 'application/json', status))).toBe('kazoo')
})

test.each([301, 304, 400, 404, 500, 503])('status %d is none', (status) => {
  expect(failureOf(answer(json, 'application/json', status))).toEqual({
    code: 'HTTP_STATUS',
    details: { url: 'https://h/p', status },
  })
})

test('no body is a failure at first and the end of the document later', () => {
  for (const empty of [answer('', undefined, 204), answer(' \r\n\t', 'application/xml')]) {
    expect(failureOf(empty)?.code).toBe('PIVOT_BODY_EMPTY')
    expect(readAnswer(empty, { registry, mayBeEmpty: true })).toEqual({ dialect: 'nothing' })
  }
})

test.each([
  ['image/png', 'PNG', 'PIVOT_CONTENT_TYPE'],
  ['application/octet-stream', json, 'PIVOT_CONTENT_TYPE'],
  ['text/plain', 'Hello', 'PIVOT_CONTENT_TYPE'],
  [undefined, '[1]', 'PIVOT_CONTENT_TYPE'],
  ['application/json', '[1]', 'FLOW_INVALID'],
  ['application/json', xml, 'PIVOT_JSON_INVALID'],
  ['application/xml', json, 'TWIML_INVALID'],
  ['application/xml', `<Response>${'x'.repeat(70_000)}</Response>`, 'TWIML_TOO_LARGE'],
])('%s with %s fails', (type, body, code) => {
  expect(failureOf(answer(body, type))?.code).toBe(code)
})

test('what is wrong is said with its place', () => {
  expect(failureOf(answer('{\n "module": }', 'application/json'))?.details).toMatchObject({
    url: 'https://h/p',
    at: '2:12',
  })
  expect(failureOf(answer('<Response>\n  <Say>', 'text/xml'))?.details).toMatchObject({ twilioCode: 12100 })
  const wrong = '{"module":"play","children":{"_":{"module":"play","data":{"loop":"x"}}}}'
  expect(failureOf(answer(wrong, 'application/json'))?.details).toMatchObject({
    problems: [{ at: '/children/_/data/loop' }],
  })
})

test.each([
  ['application/xml', Buffer.from(xml)],
  ['application/xml; charset=ISO-8859-1', Buffer.from(xml, 'latin1')],
  ['application/xml', Buffer.from(`<?xml version="1.0" encoding="iso-8859-1"?>${xml}`, 'latin1')],
  ['application/xml; charset=utf-16le', Buffer.from(xml, 'utf16le')],
  ['application/xml; charset=utf-8', Buffer.from(`\ufeff${xml}`, 'utf16le')],
  ['text/xml', Buffer.from(`\ufeff${xml}`, 'utf16le').swap16()],
])('%s is read as the characters it is written in', (type, body) => {
  const read = readAnswer(answer(body, type), { registry, mayBeEmpty: false })
  expect(JSON.stringify(read)).toContain('Grüezi')
})

test.each([
  ['application/json', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'utf-8'],
  ['application/xml', Buffer.from(xml, 'latin1'), 'utf-8'],
  ['application/json; charset=klingon', Buffer.from(json), 'klingon'],
])('%s in other characters than it says fails', (type, body, charset) => {
  expect(failureOf(answer(body, type))).toEqual({ code: 'PIVOT_CHARSET', details: { url: 'https://h/p', charset } })
})
