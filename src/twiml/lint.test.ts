import { expect, test } from 'vitest'
import { lintTwiml } from './index.ts'

/** `line:column code message`, as `pivot lint` prints findings after the file's name. */
const lint = (text: string): string[] =>
  lintTwiml(text).map(
    ({ line, column, code, severity, message }) =>
      `${line}:${column} ${code}${severity === 'error' ? ' ERROR' : ''} ${message}`,
  )

test('a good document has no findings', () => {
  expect(
    lint(`<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Gather action="/menu" numDigits="1" input="dtmf">
    <Say voice="Polly.Joanna">Press <emphasis level="strong">one</emphasis>.<break time="1s"/></Say>
    <Play>/jingle.mp3</Play>
    <Pause length="2"/>
  </Gather>
  <Redirect method="GET"/>
</Response>`),
  ).toEqual([])
})

test('mistakes are found where they are, in order', () => {
  expect(
    lint(`<Response>
  Hello
  <say>Hi</say>
  <Say Voice="man" loop="x"><b>Hi</b></Say>
  <Gather numdigits="1">
    <Record/>
    <Say voice="darth">Hi <break strength="huge"/></Say>
  </Gather>
  <Hangup/>
  <Say>never</Say>
</Response>`),
  ).toEqual([
    '2:3 12200 text in <Response> is ignored',
    '3:3 12200 there is no <say> (<Say> is meant?): it is skipped',
    '4:8 12200 <Say> has no attribute Voice (voice is meant?): it is ignored',
    '4:20 13510 loop="x" of <Say> must be a whole number',
    '4:29 12200 there is no <b>: it is skipped',
    '5:11 12200 <Gather> has no attribute numdigits (numDigits is meant?): it is ignored',
    '6:5 13320 <Record> cannot stand in <Gather>: it is skipped',
    '7:10 13511 voice="darth" is not known: the default voice speaks',
    '7:34 12200 strength="huge" of <break> must be one of none, x-weak, weak, medium, strong, x-strong',
    '10:3 12200 nothing after <Hangup> is ever reached',
  ])
})

test('what we do not carry out is told from what nobody knows, and is checked all the same', () => {
  expect(
    lint(`<Response>
  <Dial timeout="soon" record="loud" colour="red">
    <Number statusCallbackEvent="initiated rang">+15557770000</Number>
    <Say>Hi</Say>
  </Dial>
  <Connect><Stream url="wss://a.example/"/></Connect>
  <Sms>hi</Sms>
  <Break/>
  <Number/>
</Response>`),
  ).toEqual([
    '2:9 13212 timeout="soon" of <Dial> must be a whole number',
    '2:24 13217 record="loud" of <Dial> must be one of do-not-record, record-from-answer, record-from-ringing, record-from-answer-dual, record-from-ringing-dual, true, false',
    '2:38 12200 <Dial> has no attribute colour: it is ignored',
    '3:13 12200 statusCallbackEvent="initiated rang" of <Number> cannot be read',
    '4:5 13215 <Say> cannot stand in <Dial>: it is skipped',
    '6:3 12200 <Connect> is not carried out yet: it is skipped',
    '7:3 12200 <Sms> is not carried out yet: it is skipped',
    '8:3 12200 there is no <Break> (<break> is meant?): it is skipped',
    '9:3 12200 <Number> cannot stand in <Response>: it is skipped',
  ])
})

test('a document that cannot be carried out is an error', () => {
  expect(lint('<Response>\n<Redirect>/k?a=1&b=2</Redirect></Response>')).toEqual([
    '2:17 12100 ERROR a bare "&": write "&amp;", in URLs too',
  ])
  expect(lint('<response/>')).toEqual(['1:1 12102 ERROR the root must be <Response>, not <response>'])
  expect(lint(`<Response>${' '.repeat(70_000)}</Response>`)).toEqual([
    '1:1 11750 ERROR the document is larger than 65536 bytes',
  ])
})

test('a document without verbs is warned of', () => {
  expect(lint('<Response/>')).toEqual(['1:1 12200 <Response> has no verbs: the call ends'])
})
