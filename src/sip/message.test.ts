import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callerFlow, house, requestText } from '../../test/support/sip-wire.ts'
import { isFailure } from '../base/index.ts'
import { parseNameAddress } from './address.ts'
import { bodyOf } from './body.ts'
import { malformationOf, refusalOf } from './check-request.ts'
import { Framer } from './framing.ts'
import { IncomingRequest } from './incoming.ts'
import { parseMessage, type SipMessage } from './message.ts'
import { parseParams, splitList, unquote } from './params.ts'
import { serialize, type Header } from './serialize.ts'
import { parseUri, unescapeUri, uriParam, userOf } from './uri.ts'
import { parseVia, viaText } from './via.ts'

const parse = (text: string): SipMessage => parseMessage(Buffer.from(text, 'utf8'))
const invite = requestText('INVITE', { branch: 'z9hG4bK1', body: 'v=0\r\n' })

describe('a message', () => {
  test('short names, folded lines and odd white space are one to us', () => {
    const message = parse(
      'OPTIONS sip:a@b SIP/2.0\r\nv:SIP/2.0/UDP x\r\nF :\r\n  <sip:a@b>\r\n\t;tag=1\r\nSubject:\r\nl: 0\r\n\r\n',
    )
    expect(message.first('via')).toBe('SIP/2.0/UDP x')
    expect(message.first('from')).toBe('<sip:a@b> ;tag=1')
    expect(message.fromTag).toBe('1')
    expect(message.first('subject')).toBe('')
    expect(message.contentLength).toBe(0)
  })

  test('lines that end with LF alone are read too', () => {
    expect(parse(invite.replaceAll('\r\n', '\n')).callId).toBe('call-1@192.0.2.10')
  })

  test('Content-Length counts bytes, and what comes after it is not the body', () => {
    const body = 's=Grüße\r\n'
    const text = requestText('INVITE', { branch: 'z9hG4bK1', body })
    const message = parse(`${text}INVITE sip:x SIP/2.0\r\n`)
    expect(message.contentLength).toBe(Buffer.byteLength(body))
    expect(bodyOf(message)).toEqual({ is: 'sdp', sdp: body })
  })

  test.each([
    ['nothing', ''],
    ['no line', 'INVITE sip:a SIP/2.0'],
    ['another protocol', 'GET / HTTP/1.1\r\n\r\n'],
    ['201 headers', `OPTIONS sip:a SIP/2.0\r\n${'X: y\r\n'.repeat(201)}\r\n`],
    ['64 kB and more', `OPTIONS sip:a SIP/2.0\r\nX: ${'y'.repeat(65_536)}\r\n\r\n`],
    ['a status that is none', 'SIP/2.0 099 Low\r\n\r\n'],
  ])('%s is SIP_MALFORMED', (_, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'SIP_MALFORMED' }) as Error)
  })

  test('200 headers are read', () => {
    expect(parse(`OPTIONS sip:a SIP/2.0\r\n${'Z: y\r\n'.repeat(200)}\r\n`).count('z')).toBe(200)
  })
})

describe('serializing', () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,15}$/)
  const value = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/[\s\0]/.test(text) && text !== '')
  const headers = fc.array(
    fc.tuple(
      token.map((name) => `X-${name}`),
      value,
    ),
    { maxLength: 10 },
  )

  test('what is written is read back', () => {
    fc.assert(
      fc.property(token, headers, fc.string({ unit: 'grapheme' }), (method, own: readonly Header[], body) => {
        const message = parseMessage(serialize(`${method} sip:a@b SIP/2.0`, '', own, body))
        const decode = (text: string): string => Buffer.from(text, 'latin1').toString()
        expect(message.method).toBe(method)
        expect(message.headers.slice(0, -1).map(([name, text]) => [name, decode(text)])).toEqual(own)
        expect(decode(message.body)).toBe(body)
        expect(message.contentLength).toBe(Buffer.byteLength(body))
      }),
    )
  })

  test('no value can add a header', () => {
    const bytes = serialize('SIP/2.0 200 O\r\nK: x', '', [['Reason', 'x\r\nEvil: 1\n\r\nBody']])
    expect(parseMessage(bytes).headers.map(([name]) => name)).toEqual(['Reason', 'Content-Length'])
  })

  test('a response is read back with what it repeats', () => {
    fc.assert(
      fc.property(fc.integer({ min: 101, max: 699 }), fc.string(), (status, reason) => {
        const request = parse(invite)
        const { via } = request
        if (via === undefined) throw new Error('no Via')
        const response = parseMessage(
          new IncomingRequest(request, via, callerFlow).response(status, { reason, toTag: 'us' }),
        )
        expect(response.status).toBe(status)
        expect(response.toTag).toBe('us')
        for (const name of ['from', 'call-id', 'cseq']) expect(response.first(name)).toBe(request.first(name))
        expect(response.via?.params.get('branch')).toBe('z9hG4bK1')
      }),
    )
  })
})

/** Everything that can be asked of a message. */
function readAll(message: SipMessage): readonly unknown[] {
  const { via, from, to, cseq, callId, contact, headers, contentLength } = message
  const lists = ['via', 'contact', 'record-route', 'require', 'accept'].map((name) => message.list(name))
  const judged = message.isRequest ? [malformationOf(message), refusalOf(message)] : []
  return [via, from, to, cseq, callId, contact, headers, contentLength, bodyOf(message), lists, judged]
}

describe('hostile input', () => {
  const isNamed = (read: () => unknown): void => {
    try {
      read()
    } catch (error) {
      if (!isFailure(error, 'SIP_MALFORMED')) throw error
    }
  }

  test('random bytes are read or are SIP_MALFORMED', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    fc.assert(fc.property(bytes, (noise) => isNamed(() => readAll(parseMessage(Buffer.from(noise))))))
    fc.assert(
      fc.property(bytes, (noise) =>
        isNamed(() => readAll(parseMessage(Buffer.concat([Buffer.from('INVITE sip:a SIP/2.0\r\n'), noise])))),
      ),
    )
  })

  const pieces = [
    '\r\n',
    '\n',
    ' ',
    '\t',
    '"',
    '<',
    '>',
    ';',
    ',',
    ':',
    '=',
    '@',
    '%',
    '%00',
    '[',
    ']',
    '\0',
    '\\',
    'é',
    '9'.repeat(30),
  ]
  const mutation = fc.tuple(fc.nat(), fc.nat({ max: 8 }), fc.constantFrom(...pieces, ''))
  const mutated = fc.array(mutation, { minLength: 1, maxLength: 6 }).map((mutations) =>
    mutations.reduce((text, [at, drop, insert]) => {
      const from = at % text.length
      return `${text.slice(0, from)}${insert}${text.slice(from + drop)}`
    }, invite),
  )

  test('a valid message with a few characters changed does the server no harm', async () => {
    const { caller, agent } = house({
      limits: { requestsPerSecondPerSource: 1e9, callsPerSecond: 1e9, callsPerSecondPerSource: 1e9 },
    })
    await fc.assert(
      fc.asyncProperty(mutated, async (text) => {
        isNamed(() => readAll(parse(text)))
        caller.heard.length = 0
        await caller.sends(text)
        expect(caller.heard.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 500 },
    )
    caller.heard.length = 0
    await caller.says('OPTIONS')
    expect(caller.story).toEqual(['200 OPTIONS'])
    expect(agent.counters.malformed).toBeGreaterThan(0)
  })

  test('a stream of anything never breaks the framer, and never makes it hold more than it may', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 50 }).map((noise) => Buffer.from(noise)),
      mutated.map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        const framer = new Framer()
        for (const bytes of chunks) if (framer.push(bytes).isBroken) return
      }),
    )
  })

  test('long runs of anything take no time', () => {
    const begun = performance.now()
    for (const piece of [...pieces, 'a', '\r\n ', '1,', ';a', ',SIP/2.0/UDP a', 'SIP / ']) {
      const run = piece.repeat(Math.floor(60_000 / Buffer.byteLength(piece)))
      for (const header of [
        'Via: SIP/2.0/UDP a',
        'From: ',
        'Contact: <sip:a@',
        'l: 1',
        'CSeq: 1',
        'Session-Expires: 9',
        'c: multipart/mixed;boundary=',
      ]) {
        const text = `INVITE sip:a@b SIP/2.0\r\n${header}${run}`.slice(0, 65_000)
        isNamed(() => readAll(parse(`${text}\r\n\r\n`)))
        new Framer().push(Buffer.from(`${text}\r\n\r\n`))
      }
    }
    expect(performance.now() - begun).toBeLessThan(10_000)
  })
})

describe('addresses', () => {
  test.each([
    ['<sip:a@b>', undefined, 'sip:a@b', {}],
    ['sip:a@b;tag=1', undefined, 'sip:a@b', { tag: '1' }],
    ['A B <sip:a@b;x=y>;tag=1;lr', 'A B', 'sip:a@b;x=y', { tag: '1', lr: '' }],
    ['"A, \\"B\\" <c>" <sip:a@b> ; TAG = 1', 'A, "B" <c>', 'sip:a@b', { tag: '1' }],
    ['"" <sip:a@b>;tag=1;', undefined, 'sip:a@b', { tag: '1' }],
    ['<sip:a@b>;x=";,>"', undefined, 'sip:a@b', { x: '";,>"' }],
  ])('%s', (text, displayName, uri, params) => {
    const address = parseNameAddress(text)
    expect(address).toMatchObject({ displayName, uri })
    expect(Object.fromEntries(address?.params ?? [])).toEqual(params)
  })

  test.each([
    '',
    '<sip:a@b',
    '"A <sip:a@b>',
    'A, B <sip:a@b>',
    '<sip:a@b>;;',
    '<sip:a@b>;=1',
    'sip:a@b?x=y',
    '<>',
    'a b',
  ])('%j is none', (text) => {
    expect(parseNameAddress(text)).toBeUndefined()
  })

  test('quoting is undone exactly', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(unquote(`"${name.replace(/[\\"]/g, '\\$&')}"`)).toBe(name)
      }),
    )
  })

  test('lists are cut at commas that are not inside something', () => {
    expect(splitList('a, "b,c" <d,e>;f , g')).toEqual(['a', '"b,c" <d,e>;f', 'g'])
    expect(splitList('a,,b')).toEqual(['a', '', 'b'])
    expect(parseParams(';a="x;y";b')).toEqual(new Map(Object.entries({ a: '"x;y"', b: '' })))
  })
})

describe('URIs', () => {
  test.each([
    ['sip:a:pw@b:5061;x=y?h=1', 'a', 'b', 5061, ';x=y', '?h=1'],
    ['SIPS:b', '', 'b', undefined, '', ''],
    ['sip:user;par=u%40example.net@example.com', 'user;par=u@example.net', 'example.com', undefined, '', ''],
    ['sip:a@[2001:db8::1]:5070', 'a', '[2001:db8::1]', 5070, '', ''],
    ['tel:+1-201-555-0123;ext=5', '+1-201-555-0123', '', undefined, ';ext=5', ''],
    [
      "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com",
      "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      'example.com',
      undefined,
      '',
      '',
    ],
  ])('%s', (text, user, host, port, params, headers) => {
    const uri = parseUri(text)
    if (uri === undefined) throw new Error('is a URI')
    expect([userOf(uri), uri.host, uri.port, uri.params, uri.headers]).toEqual([user, host, port, params, headers])
  })

  test.each([
    '',
    'sip:',
    'sip:@b',
    'sip:a@',
    'sip:a@b:0',
    'sip:a@b:99999',
    'sip:a b',
    '<sip:a>',
    'sip:a@b c',
    'noscheme',
    'tel:abc-xyz',
    'x y:z',
  ])('%j is none', (text) => {
    expect(parseUri(text)).toBeUndefined()
  })

  test('escapes are undone once, and a % that escapes nothing stays', () => {
    expect(unescapeUri('%2B1%2541%zz%')).toBe('+1%41%zz%')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (user) => {
        expect(unescapeUri(encodeURIComponent(user))).toBe(user)
      }),
    )
    const uri = parseUri('sip:a@b;TRANSPORT=tcp;lr')
    expect(uri === undefined ? [] : [uriParam(uri, 'transport'), uriParam(uri, 'lr'), uriParam(uri, 'x')]).toEqual([
      'tcp',
      '',
      undefined,
    ])
  })
})

describe('Via', () => {
  test('is read with white space anywhere and written again', () => {
    const via = parseVia('SIP / 2.0 / udp  [2001:db8::9] : 5070 ; branch = z9hG4bKx ; rport, SIP/2.0/TCP b')
    expect(via).toMatchObject({ transport: 'UDP', host: '[2001:db8::9]', port: 5070, rest: ['SIP/2.0/TCP b'] })
    expect(via === undefined ? '' : viaText(via, new Map([['rport', '1']]))).toBe(
      'SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bKx;rport=1, SIP/2.0/TCP b',
    )
  })

  test.each([
    '',
    'SIP/2.0/UDP',
    'SIP/3.0/UDP a',
    'SIP/2.0/UDP a;;',
    'SIP/2.0/UDP a,',
    'SIP/2.0/UDP a:0',
    'HTTP/2.0/UDP a',
  ])('%j is none', (text) => {
    expect(parseVia(text)).toBeUndefined()
  })
})
