import Type, { type Static } from 'typebox'
import { isDigit } from '../../call/index.ts'
import { method, recognised, url } from '../attributes.ts'
import { joinConference } from '../dial/conference.ts'
import { readConference } from '../dial/conference-noun.ts'
import { dialParties, type DialOrder } from '../dial/dial.ts'
import { readNouns } from '../dial/nouns.ts'
import { dialQueue, readQueueNoun } from '../dial/queue.ts'
import { recordDial } from '../dial/recording.ts'
import { dialParameters, type DialResult } from '../dial/result.ts'
import { ringToneCountries, ringToneOf } from '../dial/ring-tones.ts'
import { takeTypedAhead } from '../playing.ts'
import type { Parameters } from '../session.ts'
import { recordingStatusAttributes } from '../recording-status.ts'
import { ask, defineVerb } from '../verb.ts'
import { codes, type Warn } from '../warnings.ts'

const recordings = [
  'do-not-record',
  'record-from-answer',
  'record-from-ringing',
  'record-from-answer-dual',
  'record-from-ringing-dual',
  'true',
  'false',
]

const attributes = Type.Object({
  action: url('Who is told how the call went; without, the next verb goes on'),
  method,
  timeout: Type.Integer({ default: 30, minimum: 1, maximum: 3600, description: 'Seconds that it may ring' }),
  timeLimit: Type.Integer({
    default: 14_400,
    minimum: 1,
    maximum: 86_400,
    description: 'Seconds that they may talk; then the callee is hung up',
  }),
  answerOnBridge: Type.Boolean({
    default: false,
    description: 'Whether the caller is answered only when somebody else is',
  }),
  callerId: Type.Optional(
    Type.String({
      pattern: '^[\\w+.@:-]{1,64}$',
      description: 'The number shown to the callee; the caller’s when absent',
    }),
  ),
  hangupOnStar: Type.Boolean({ default: false, description: 'Whether the caller’s `*` hangs up on the callee' }),
  hangupOn: Type.Optional(
    Type.String({ pattern: '^[0-9A-D*#]$', description: 'The key by which the caller hangs up on the callee (KAZOO)' }),
  ),
  ringTone: Type.Optional(
    Type.Enum([...ringToneCountries], { description: 'The country whose ringback the caller hears' }),
  ),
  sequential: Type.Boolean({ default: false, description: 'Whether nouns are called one after another' }),
  strategy: Type.Enum(['simultaneous', 'single'], {
    default: 'simultaneous',
    description: '`single` is `sequential` (KAZOO)',
  }),
  record: Type.Enum(recordings, {
    default: 'do-not-record',
    description: 'From when on the conversation is recorded, and whether each side has a channel',
  }),
  recordingTrack: Type.Enum(['both', 'inbound', 'outbound'], {
    default: 'both',
    description: 'Which side is recorded: the caller is inbound; one side has one channel',
  }),
  ...recordingStatusAttributes,
  recordingConfigurationId: recognised('A configuration kept at Twilio'),
  recordingUrl: url('Where the recording is sent to as well (KAZOO)'),
  recordStoreMethod: Type.Enum(['PUT', 'POST', 'PATCH'], {
    default: 'PUT',
    description: 'How it is sent there (KAZOO)',
  }),
  trim: Type.Enum(['trim-silence', 'do-not-trim'], {
    default: 'do-not-trim',
    description: 'Whether silence at the beginning and the end is left out of the recording',
  }),
  referUrl: recognised('Who decides on transfers by the callee'),
  referMethod: recognised('How'),
  callReason: recognised('Why is called'),
  continueOnFail: recognised('Whether numbers of the account go out to a carrier (KAZOO)'),
  collect_dtmf: recognised('Whether the caller’s digits are kept (KAZOO)'),
  events: recognised('Events of the call’s progress'),
  passports: recognised('Proofs of the caller’s identity'),
})

/**
 * Differs from KAZOO: the caller goes on when the callee has hung up, as its documentation says and Twilio does.
 * Differs from Twilio: numbers are those of the account.
 */
export const dial = defineVerb({
  name: 'Dial',
  summary: 'Connects the caller with whoever answers first, or with a conference, and goes on afterwards.',
  source: 'Twilio <Dial>; KAZOO kzt_twiml_dial.erl',
  attributes,
  codes: {
    action: codes.badUrl,
    method: 13210,
    timeout: 13212,
    hangupOnStar: 13213,
    callerId: 13214,
    timeLimit: 13216,
    record: codes.dialRecord,
    recordingStatusCallback: codes.badUrl,
    recordingUrl: codes.badUrl,
    sequential: 13218,
  },
  content: 'nouns',
  example: '<Dial timeout="20" action="/after"><User>u2</User><Number>2031</Number></Dial>',
  check({ referUrl }, element, warn) {
    const at = (attribute: string) => element.places[attribute] ?? element
    if (referUrl !== undefined) warn(at('referUrl'), codes.schema, 'transfers by the callee are not taken yet')
    if (readConference(element, warn) !== undefined) return
    const [noun] = readNouns(element, warn)
    const queue = readQueueNoun(element, warn)
    if (noun === undefined && queue === undefined) warn(element, codes.schema, '<Dial> calls nobody')
    if (noun !== undefined && queue !== undefined) {
      warn(noun.at, codes.dialNesting, 'nobody is called besides a <Queue>')
    }
  },
  async run(attributes, element, context) {
    const { call, clock, dialling } = context
    takeTypedAhead(context)
    if (dialling === undefined) {
      context.warn(element, codes.dialInWhisper, '<Dial> cannot stand in what a callee hears before being connected')
      return 'next'
    }
    const { action, method } = attributes
    const inside = { ...context, dialling, at: element }
    const queue = readQueueNoun(element, silently)
    const conference = readConference(element, silently)
    if (conference !== undefined) {
      const { timeLimitMs, hangupKey } = orderOf(attributes)
      const order = {
        timeLimitMs,
        isRecorded: /^(?:true|record-)/.test(attributes.record),
        ...(hangupKey === undefined ? {} : { hangupKey }),
      }
      const told = await joinConference(conference, order, inside)
      if (action !== undefined) return ask(context, action, method, told)
      call.leg.ended.throwIfAborted()
      return 'next'
    }
    const endRecording = recordDial(attributes, context)
    let recorded: Parameters
    let result: DialResult
    try {
      result =
        queue === undefined
          ? await dialParties(readNouns(element, silently), orderOf(attributes), inside)
          : await dialQueue(queue, orderOf(attributes), inside)
    } finally {
      recorded = await endRecording()
    }
    context.log.info('dial.ended', { status: result.status, isBridged: result.isBridged })
    if (action !== undefined) {
      return ask(context, action, method, { ...dialParameters(result, clock.now()), ...recorded })
    }
    call.leg.ended.throwIfAborted()
    return 'next'
  },
})

function orderOf(values: Static<typeof attributes>): DialOrder {
  const { timeout, timeLimit, answerOnBridge, sequential, strategy, callerId, hangupOnStar, hangupOn = '' } = values
  const key = hangupOnStar ? '*' : hangupOn
  const tone = ringToneOf(values.ringTone ?? '')
  return {
    timeoutMs: timeout * 1000,
    timeLimitMs: timeLimit * 1000,
    answersOnBridge: answerOnBridge,
    isSequential: sequential || strategy === 'single',
    ...(callerId === undefined ? {} : { callerId: callerId.replace(/^(?:client|sips?):/i, '').replace(/@.*$/s, '') }),
    ...(isDigit(key) ? { hangupKey: key } : {}),
    ...(tone === undefined ? {} : { ringback: { kind: 'tone', spec: tone } }),
  }
}

const silently: Warn = () => undefined
