import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFailure } from '../base/index.ts'
import { readTranscript } from './index.ts'

const dial = 'caller   dials 100'
const read = (...lines: string[]) => readTranscript(['# A call.', ...lines].join('\n'))
const steps = (...lines: string[]) => read(...lines).lines.flatMap(({ step }) => step ?? [])

describe('a transcript sets up', () => {
  test('a flow for whatever number is dialled', () => {
    const { documents } = read('flow {"module":"noop"}', dial, 'caller dials 200').setup
    expect(documents).toEqual([
      { collection: 'callflows', document: { id: 'flow', numbers: ['100', '200'], flow: { module: 'noop' } } },
    ])
  })

  test('but not for numbers that other callflows have', () => {
    const { documents } = read('flow {"module":"a"}', 'callflow {"id":"b","numbers":["100"],"flow":{}}', dial).setup
    expect(documents.at(-1)?.document).toMatchObject({ numbers: [] })
  })

  test('documents, media, headers, the account and the time', () => {
    const { setup } = read(
      'flow 2030 {"module":"noop"}',
      'menu {"id":"main"}',
      'document temporal_rules {"id":"xmas"}',
      'media welcome 3 s',
      'media "Good day" missing',
      'headers X-Tenant: 7',
      'account {"country":"CH"}',
      'clock 2026-12-25T09:00:00+01:00',
    )
    expect(setup.documents.map(({ collection, document }) => `${collection}/${document.id}`)).toEqual([
      'menus/main',
      'temporal_rules/xmas',
      'callflows/flow',
    ])
    expect([...setup.media]).toEqual([
      ['welcome', 3_000],
      ['"Good day"', 'missing'],
    ])
    expect(setup).toMatchObject({ headers: { 'X-Tenant': '7' }, account: { id: 'A1', country: 'CH' } })
    expect(new Date(setup.startMs).toISOString()).toBe('2026-12-25T08:00:00.000Z')
  })

  test.each([
    ['answers', { does: 'answers', afterMs: 0, sendsEarly: false }],
    ['answers after 2 s', { does: 'answers', afterMs: 2_000, sendsEarly: false }],
    ['is busy after 500 ms', { does: 'refuses', status: 486, afterMs: 500, sendsEarly: false }],
    ['declines', { does: 'refuses', status: 603, afterMs: 0, sendsEarly: false }],
    ['refuses 404', { does: 'refuses', status: 404, afterMs: 0, sendsEarly: false }],
    ['never  answers', { does: 'rings', afterMs: 0, sendsEarly: false }],
    ['refuses 503 without ringing', { does: 'turns away', afterMs: 0, sendsEarly: false, status: 503 }],
    ['is unreachable', { does: 'vanishes', afterMs: 0, sendsEarly: false }],
    ['is not registered', { does: 'is not registered', afterMs: 0, sendsEarly: false }],
    ['sends early media and answers after 3 s', { does: 'answers', afterMs: 3_000, sendsEarly: true }],
  ])('a callee who %s', (said, callee) => {
    expect(read(`callee u1 ${said}`, dial).setup.callees).toEqual([{ name: 'u1', ...callee }])
  })

  test.each([
    ['says 503', { status: 503, contentType: undefined, body: '' }],
    ['says {"module":"noop"}', { status: 200, contentType: 'application/json', body: '{"module":"noop"}' }],
    ['says <Response/> after 800 ms', { contentType: 'application/xml', body: '<Response/>', afterMs: 800 }],
    ['says 201 text/html <Response/>', { status: 201, contentType: 'text/html', body: '<Response/>' }],
    ['says text/plain "hello \\"you\\""', { contentType: 'text/plain', body: 'hello "you"' }],
    ['says 200 application/json; charset=utf-8 {}', { contentType: 'application/json; charset=utf-8', body: '{}' }],
    ['says\n  <Response>\n    <Hangup/>\n  </Response>', { body: '<Response>\n    <Hangup/>\n  </Response>' }],
    ['says nothing', { kind: 'silent' }],
    ['is silent', { kind: 'silent' }],
    ['refuses', { kind: 'refuses' }],
    ['resets', { kind: 'resets' }],
    ['cannot be resolved', { kind: 'unresolvable' }],
  ])('a web server that %s', (said, answer) => {
    expect(read(`webhook ${said}`).setup.answers).toEqual([expect.objectContaining(answer)])
  })

  test('headers of the next answer', () => {
    const { answers } = read('webhook sends Set-Cookie: a=1', 'webhook says 200', 'webhook says 200').setup
    expect(answers).toMatchObject([{ headers: [['set-cookie', 'a=1']] }, { headers: [] }])
  })
})

describe('a transcript tells', () => {
  test('what the caller does', () => {
    expect(
      steps(
        'caller   dials 100 from "Ann Lee" +15551230002 as a stranger',
        'caller   presses 1 2 #',
        'caller   speaks 4 s',
        'caller   waits 3000 ms',
        'after    500 ms',
        'caller   hangs  up',
      ),
    ).toEqual([
      { kind: 'dials', number: '100', from: { user: '+15551230002', name: 'Ann Lee' }, isStranger: true },
      { kind: 'presses', digits: '12#' },
      { kind: 'speaks', ms: 4_000 },
      { kind: 'waits', ms: 3_000 },
      { kind: 'after', ms: 500 },
      { kind: 'hangsUp' },
    ])
  })

  test('what somebody does who was called', () => {
    expect(steps('callee u1 presses 1#', 'callee   bob@pbx.example speaks 3 s', 'callee u1 hangs up')).toEqual([
      { kind: 'presses', digits: '1#', callee: 'u1' },
      { kind: 'speaks', ms: 3_000, callee: 'bob@pbx.example' },
      { kind: 'hangsUp', callee: 'u1' },
    ])
  })

  test('whom the network loses', () => {
    expect(steps('caller is lost', 'caller2 is lost', 'callee u1 is lost')).toEqual([
      { kind: 'vanishes' },
      { kind: 'vanishes', caller: 'caller2' },
      { kind: 'vanishes', callee: 'u1' },
    ])
  })

  test.each([
    ['server dials u1', 'dials'],
    ['server cannot dial u1 DIAL_NOT_REGISTERED', 'dials'],
    ['server bridges', 'bridges'],
    ['server bridges u1 early', 'bridges'],
    ['server cancels u1 LOSE_RACE', 'drops'],
    ['server hangs up on u1', 'drops'],
    ['callee u1 hears "Press 1"', 'hears'],
    ['callee u1 rings', 'rung'],
    ['callee u1 is gone', 'gone'],
    ['server sends digits 12 to u1', 'sends'],
  ])('what happens to somebody who was called: %s', (line, kind) => {
    const [who = ''] = line.split(' ')
    expect(steps(line)).toMatchObject([{ expected: { kind, who, what: line.slice(who.length + 1) } }])
  })

  test('what is expected, with its time and what it carries', () => {
    expect(
      steps(
        'caller   hears  "two  words" after 5 s',
        'webhook  is asked POST https://app.example/t with a[b]=1 and header X-Y: z without c after 10 ms',
        'webhook  is asked GET https://app.example/t with {"a":{"b":1}}',
      ),
    ).toMatchObject([
      { expected: { kind: 'hears', what: 'hears "two  words"', afterMs: 5_000 } },
      {
        expected: {
          what: 'is asked POST https://app.example/t',
          afterMs: 10,
          clauses: [
            { kind: 'parameter', name: 'a[b]', value: '1' },
            { kind: 'header', name: 'x-y', value: 'z' },
            { kind: 'no-parameter', name: 'c' },
          ],
        },
      },
      { expected: { clauses: [{ kind: 'json', subset: { a: { b: 1 } } }] } },
    ])
  })
})

describe('a transcript is refused', () => {
  test('without a sentence in line 1', () => {
    expect(() => readTranscript('caller dials 100')).toThrow('line 1 must be a sentence')
  })

  test.each([
    ['somebody unknown', 'robot dials 100'],
    ['something that never happens', 'server sings'],
    ['something that cannot be done', 'caller presses x'],
    ['a flow that is not JSON', 'flow {"module":'],
    ['a flow that is no object', 'flow []'],
    ['a collection that does not exist', 'document cats {"id":"tom"}'],
    ['a document without an id', 'menu {"name":"Main"}'],
    ['media without a length', 'media welcome'],
    ['no time', 'clock tomorrow'],
    ['no header', 'headers X-Tenant'],
    ['an answer that nobody can read', 'webhook says hello'],
    ['a wait without a length', 'after lunch'],
    ['something that nobody does who is called', 'callee u1 yawns'],
    ['a callee without a name', 'callee hangs up'],
    ['a strange way to dial', 'caller dials 100 at home'],
  ])('with %s', (_, line) => {
    const refused = expect.objectContaining({
      code: 'TRANSCRIPT_INVALID',
      details: expect.objectContaining({ line: 2 }) as object,
    }) as Error
    expect(() => read(line)).toThrow(refused)
  })

  test('with two flows for all numbers', () => {
    expect(() => read('flow {}', 'flow {}', dial)).toThrow('only one flow')
  })

  test('by name, whatever is in it', () => {
    const word = fc.constantFrom(
      'caller',
      'webhook',
      'callee',
      'flow',
      'server',
      'after',
      'says',
      'is asked',
      '{"a":1}',
      '"',
      ' ',
      '\n',
      '100',
      'with',
      'ms',
      '<',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 12 }), (words) => {
        try {
          readTranscript(`# x\n${words.join(' ')}`)
        } catch (error) {
          if (!isFailure(error, 'TRANSCRIPT_INVALID')) throw error
        }
      }),
    )
  })
})
