import { describe, expect, test } from 'vitest'
import { lintTwiml, verbs } from './index.ts'

/** Verb → attribute → Twilio's code, and values that cannot be read. */
const bad: Readonly<Record<string, Readonly<Record<string, readonly [code: number, ...values: string[]]>>>> = {
  Say: { loop: [13510, '-1', 'often', '', '1001'], voice: [13511, 'nobody'], language: [13512, 'e', 'en_US'] },
  Play: { loop: [13410, '-1', '2.5'], digits: [13430, 'x', '1 2'] },
  Gather: {
    input: [13326, 'eyes', 'dtmf,eyes'],
    action: [11100, 'mailto:a@b', 'http://'],
    method: [13312, 'PUT', ''],
    timeout: [13313, '0', 'long', '3601'],
    finishOnKey: [13310, '##', 'A', 'x'],
    numDigits: [13314, '0', 'many'],
    actionOnEmptyResult: [13338, 'yes', '1'],
    bargeIn: [13332, 'no'],
    debug: [12200, 'x'],
    enhanced: [12200, 'x'],
    partialResultCallback: [11100, 'ftp://x'],
    partialResultCallbackMethod: [13329, 'x'],
    profanityFilter: [13333, 'x'],
  },
  Record: {
    action: [11100, 'tel:1'],
    method: [13610, 'DELETE'],
    timeout: [13611, '-1', 'x'],
    maxLength: [13612, '0', '99999'],
    finishOnKey: [13613, 'A', '1 2'],
    playBeep: [13616, 'loud'],
    transcribe: [13614, 'x'],
    transcribeCallback: [11100, 'x:y'],
    trim: [13699, 'true'],
    recordingStatusCallback: [11100, 'x:y'],
    recordingStatusCallbackMethod: [12200, 'x'],
    recordingStatusCallbackEvent: [13621, 'started', ''],
    recordingUrl: [11100, 'ftp://x'],
    recordStoreMethod: [12200, 'GET'],
  },
  Enqueue: {
    action: [14203, 'tel:1'],
    method: [14201, 'PUT'],
    waitUrl: [14202, 'ftp://a.example/w'],
    waitUrlMethod: [14206, 'PUT'],
    maxQueueSize: [12200, '0', '5001', 'many'],
  },
  Dial: {
    action: [11100, 'tel:1'],
    method: [13210, 'PUT'],
    timeout: [13212, '0', 'soon', '3601'],
    timeLimit: [13216, '0', '86401'],
    answerOnBridge: [12200, 'yes'],
    callerId: [13214, 'a b', ''],
    hangupOnStar: [13213, '1'],
    hangupOn: [12200, '', '12'],
    ringTone: [12200, 'xx'],
    sequential: [13218, 'no'],
    strategy: [12200, 'round-robin'],
    record: [13217, 'always'],
    recordingTrack: [12200, 'left'],
    trim: [12200, 'yes'],
    recordingStatusCallback: [11100, 'tel:1'],
    recordingStatusCallbackMethod: [12200, 'PUT'],
    recordingStatusCallbackEvent: [12200, 'started'],
    recordingUrl: [11100, 'ftp://x'],
    recordStoreMethod: [12200, 'GET'],
    referUrl: [12200, '/refer'],
  },
  Pause: { length: [13910, '0', '-3', 'x', '3601'] },
  Redirect: { method: [13710, 'x'] },
  Refer: { action: [11100, 'tel:1'], method: [12200, 'x'] },
  Reject: { reason: [13810, 'x'] },
}

const good: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Say: { loop: ['0', '1000', ' 2 '], voice: ['Polly.Joanna', 'alice'], language: ['de-DE'], terminators: ['', '12#'] },
  Play: { loop: ['0'], digits: ['ww1W*#AD'] },
  Gather: {
    input: ['dtmf'],
    action: ['/k', 'http://a.example/k', ''],
    method: ['get', 'POST'],
    timeout: ['1', '3600', 'auto'],
    finishOnKey: ['', '#', '*', '0'],
    numDigits: ['1', '20'],
    actionOnEmptyResult: ['true', 'FALSE'],
    hints: ['a, b'],
    speechTimeout: ['auto'],
  },
  Record: {
    timeout: ['0', '3600'],
    maxLength: ['1', '14400'],
    finishOnKey: ['', '*#'],
    playBeep: ['False'],
    trim: ['do-not-trim'],
    recordingStatusCallbackEvent: ['in-progress completed absent'],
  },
  Dial: {
    timeout: ['1', '3600'],
    timeLimit: ['86400'],
    answerOnBridge: ['TRUE'],
    callerId: ['+15557770000', 'client:ann', 'ann.lee@a1.example'],
    hangupOn: ['*', '0'],
    ringTone: ['us-old', 'DE'],
    sequential: ['false'],
    strategy: ['single'],
    record: ['do-not-record', 'false', 'true', 'record-from-ringing-dual'],
    recordingTrack: ['both', 'inbound'],
  },
  Enqueue: { waitUrl: ['', '/w'], waitUrlMethod: ['get'], maxQueueSize: ['1', '5000'] },
  Pause: { length: ['1', '3600'] },
  Redirect: { method: ['Get'] },
  Reject: { reason: ['busy', 'rejected'] },
}

const contents: Readonly<Record<string, string>> = { Say: 'Hi', Play: 'm1', Dial: '2031', Enqueue: 'q' }

const findings = (verb: string, attribute: string, value: string) =>
  lintTwiml(`<Response><${verb} ${attribute}="${value}">${contents[verb] ?? ''}</${verb}></Response>`)

const cases = (table: typeof good) =>
  Object.entries(table).flatMap(([verb, attributes]) =>
    Object.entries(attributes).flatMap(([name, values]) => values.map((value) => [verb, name, value] as const)),
  )

describe('values that can be read', () => {
  test.each(cases(good))('<%s %s="%s">', (verb, name, value) => {
    expect(findings(verb, name, value)).toEqual([])
  })
})

describe('values that cannot', () => {
  const badCases = Object.entries(bad).flatMap(([verb, attributes]) =>
    Object.entries(attributes).flatMap(([name, [code, ...values]]) =>
      values.map((value) => [verb, name, value, code] as const),
    ),
  )
  test.each(badCases)('<%s %s="%s"> is warned of as %d', (verb, name, value, code) => {
    const column = `<Response><${verb} `.length + 1
    expect(findings(verb, name, value)).toContainEqual(
      expect.objectContaining({ line: 1, column, code, severity: 'warning' }),
    )
  })

  test('every attribute that can be wrong is in the table', () => {
    for (const [name, { attributes }] of verbs) {
      for (const [attribute, property] of Object.entries(attributes.properties)) {
        const isText =
          'type' in property && property.type === 'string' && !('pattern' in property || 'isUrl' in property)
        if (!isText) expect(Object.keys(bad[name] ?? {}), `${name} ${attribute}`).toContain(attribute)
      }
    }
  })
})
