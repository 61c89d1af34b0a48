import { expect, test } from 'vitest'
import { Failure } from '../base/index.ts'
import type { Calling } from '../call/index.ts'
import type { Http, HttpQuestion } from '../http/index.ts'
import { sceneHouse } from '../house.ts'
import { carriedBy } from '../transcript/index.ts'
import { conversation } from '../../test/support/conversation.ts'

const flow = {
  module: 'pivot',
  data: { voice_url: 'https://dev.example/p', req_format: 'twiml', cdr_url: 'https://dev.example/cdr' },
}
const documents = [
  { collection: 'users', document: { id: 'u3' } },
  { collection: 'devices', document: { id: 'd3', owner_id: 'u3', sip: { username: 'ann' } } },
] as const

interface Outside {
  readonly mayDial?: boolean
  /** Takes the place of the driver's. */
  readonly calling?: Partial<Calling>
}

/** A call to a web server that answers with a Dial, and all that the web server is told. */
function dialling(dial: string, { mayDial = true, calling = {} }: Outside = {}) {
  const told: HttpQuestion[] = []
  const talk = conversation(flow, {
    documents,
    startMs: Date.UTC(2026, 0, 5, 9),
    house: (world) => {
      const http: Http = (question) => {
        told.push(question)
        return world.http(question)
      }
      return sceneHouse({ ...world, http, calling: { ...world.calling, ...calling } }, async () => mayDial)
    },
  })
  talk.webhook.says(`<Response>${dial}</Response>`)
  const toldAt = (path: string): Readonly<Record<string, string>>[] =>
    told
      .filter(({ url }) => url === `https://dev.example${path}`)
      .map((question) => Object.fromEntries(carriedBy(question).parameters))
  return { ...talk, toldAt }
}

const ringback = 'tone_stream://%(2000,4000,440,480)'
const everything = 'statusCallback="/progress" statusCallbackEvent="initiated ringing answered completed"'

test('a web server is told the progress of a dialled call, with whose it is', async () => {
  const { caller, callee, isOver, toldAt } = dialling(
    `<Dial callerId="+15557770000"><Sip ${everything}>sip:carol@pbx.example?X-Tenant=7</Sip></Dial>`,
  )
  const carol = callee('carol@pbx.example')
  carol.answers(2_000)
  await caller.dials('2030')
  await caller.isAnswered()
  await caller.hears(ringback)
  await carol.isDialled()
  await carol.isBridged()
  await caller.waits(65_000)
  await carol.hangsUp()
  await caller.isHungUpOn()
  await isOver()

  const told = toldAt('/progress')
  expect(told.map(({ CallStatus }) => CallStatus)).toEqual(['initiated', 'ringing', 'in-progress', 'completed'])
  expect(told.map(({ SequenceNumber }) => SequenceNumber)).toEqual(['0', '1', '2', '3'])
  expect(told[0]).toMatchObject({
    CallSid: 'C2',
    ParentCallSid: 'C1',
    AccountSid: 'A1',
    ApiVersion: '2010-04-01',
    Direction: 'outbound-dial',
    From: '+15557770000',
    Caller: '+15557770000',
    To: 'carol',
    Called: 'carol',
    CallbackSource: 'call-progress-events',
    Timestamp: 'Mon, 05 Jan 2026 09:00:00 +0000',
  })
  expect(told[0]).not.toHaveProperty('SipHeader_X-Tenant')
  expect(told[2]).toMatchObject({ Timestamp: 'Mon, 05 Jan 2026 09:00:02 +0000' })
  expect(told[3]).toMatchObject({ CallDuration: '65', Duration: '2', SipResponseCode: '200' })
})

test('without statusCallbackEvent only the end is told, and how it came', async () => {
  const { caller, callee, isOver, toldAt } = dialling('<Dial><Client statusCallback="/progress">ann</Client></Dial>')
  const ann = callee('ann')
  ann.isBusy(1_000)
  await caller.dials('2030')
  await caller.isAnswered()
  await caller.hears(ringback)
  await ann.isDialled()
  await caller.isHungUpOn()
  await isOver()
  expect(toldAt('/progress')).toMatchObject([
    { CallStatus: 'busy', SequenceNumber: '0', CallDuration: '0', Duration: '0', SipResponseCode: '486' },
  ])
})

test('a phone that stops ringing because another was answered was canceled', async () => {
  const { caller, callee, isOver, toldAt } = dialling(
    '<Dial><Client statusCallback="/progress">ann</Client><Sip>carol@pbx.example</Sip></Dial>',
  )
  const [ann, carol] = [callee('ann'), callee('carol@pbx.example')]
  ann.neverAnswers()
  carol.answers(1_000)
  await caller.dials('2030')
  await caller.isAnswered()
  await caller.hears(ringback)
  await ann.isDialled()
  await carol.isDialled()
  await ann.isCancelled('LOSE_RACE')
  await carol.isBridged()
  await carol.hangsUp()
  await caller.isHungUpOn()
  await isOver()
  expect(toldAt('/progress')).toMatchObject([{ CallStatus: 'canceled' }])
})

test('the record of each leg is posted to cdr_url', async () => {
  const { caller, callee, isOver, toldAt } = dialling('<Dial><User>u3</User></Dial>')
  const ann = callee('ann')
  ann.answers(1_000)
  await caller.dials('2030')
  await caller.isAnswered()
  await caller.hears(ringback)
  await ann.isDialled()
  await ann.isBridged()
  await ann.hangsUp()
  await caller.isHungUpOn()
  await isOver()
  expect(toldAt('/cdr')).toMatchObject([
    { 'Call-ID': 'C2', 'Call-Direction': 'outbound' },
    { 'Call-ID': 'C1', 'Call-Direction': 'inbound' },
  ])
})

test('a SIP address where requests may not go is not called', async () => {
  const { caller, webhook, isOver, events, toldAt } = dialling(
    '<Dial action="/after"><Sip>root@10.0.0.1</Sip></Dial>',
    { mayDial: false },
  )
  webhook.says('<Response><Reject/></Response>')
  await caller.dials('2030')
  await caller.isRejected(603)
  await isOver()
  expect(events).toContainEqual(expect.objectContaining({ type: 'twiml.warned', code: 13254 }))
  expect(toldAt('/after')).toMatchObject([{ DialCallStatus: 'failed' }])
})

test('when the two cannot be joined, the web server is asked for what comes next all the same', async () => {
  const bridge: Calling['bridge'] = () => Promise.reject(new Failure('DIAL_UNSUPPORTED', { driver: 'simulator' }))
  const { caller, callee, webhook, isOver, events, toldAt } = dialling(
    '<Dial action="/after"><Client>ann</Client></Dial>',
    { calling: { bridge } },
  )
  webhook.says('<Response><Hangup/></Response>')
  const ann = callee('ann')
  ann.answers(1_000)
  await caller.dials('2030')
  await caller.isAnswered()
  await caller.hears(ringback)
  await ann.isDialled()
  await ann.isBridged()
  await ann.isHungUpOn()
  await caller.isHungUpOn()
  await isOver()
  expect(events).toContainEqual(expect.objectContaining({ type: 'twiml.warned', code: 12400 }))
  expect(toldAt('/after')).toMatchObject([{ DialCallSid: 'C2' }])
})
