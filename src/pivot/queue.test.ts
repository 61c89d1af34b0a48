import { expect, test } from 'vitest'
import type { Call, Calling } from '../call/index.ts'
import { sceneHouse, type House } from '../house.ts'
import type { HttpQuestion } from '../http/index.ts'
import { carriedBy } from '../transcript/index.ts'
import { conversation } from '../../test/support/conversation.ts'

/** A house where 100 is asked of a web server, and all that the web server is told. */
function queueing(...answers: readonly string[]) {
  const told: HttpQuestion[] = []
  const houses: { house: House; calling: Calling }[] = []
  const calls = new Map<string, Call>()
  const talk = conversation(
    { module: 'pivot', data: { voice_url: 'https://dev.example/p', req_format: 'twiml' } },
    {
      house: (world) => {
        const observe = (event: { type: string; callId: string }, call: Call): unknown => calls.set(event.callId, call)
        const house = sceneHouse({
          ...world,
          observers: [...world.observers, observe],
          http: (question) => {
            told.push(question)
            return world.http(question)
          },
        })
        houses.push({ house, calling: world.calling })
        return house
      },
    },
  )
  for (const answer of answers) talk.webhook.says(`<Response>${answer}</Response>`)
  const toldAt = (path: string): Readonly<Record<string, string>>[] =>
    told
      .filter(({ url }) => url === `https://dev.example${path}`)
      .map((question) => Object.fromEntries(carriedBy(question).parameters))
  const callOf = (id: string): Call => {
    const call = calls.get(id)
    if (call === undefined) throw new Error(`there is no call ${id}`)
    return call
  }
  const opened = () => {
    const [one] = houses
    if (one === undefined) throw new Error('there is no house')
    return one
  }
  const house = (): House => opened().house
  const calling = (): Calling => opened().calling
  const elsewhere = { to: 'flow', flow: { module: 'tts', data: { text: 'Elsewhere' }, children: {} } } as const
  const isSentElsewhere = (id: string): Promise<void> => house().exchange.redirect(callOf(id), elsewhere)
  return { ...talk, toldAt, callOf, house, calling, isSentElsewhere }
}

const enqueue = '<Enqueue waitUrl="" action="/after">support</Enqueue><Say>Goodbye</Say>'
const dial = '<Dial action="/done"><Queue>support</Queue></Dial>'

test('a call that is sent elsewhere while it waits is told of as redirected, and out of the queue', async () => {
  const { caller, isOver, toldAt, isSentElsewhere, house, clock } = queueing(enqueue)
  await caller.dials('100')
  await caller.isAnswered()
  await clock.advance(5_000)
  expect(house().queues.list('A1')[0]?.size).toBe(1)
  await isSentElsewhere('C1')
  expect(house().queues.list('A1')[0]?.size).toBe(0)
  await caller.hears('"Elsewhere"')
  await caller.isHungUpOn()
  await isOver()
  expect(toldAt('/after')).toMatchObject([{ CallSid: 'C1', QueueResult: 'redirected', QueueTime: '5' }])
  expect(toldAt('/after')[0]).not.toHaveProperty('ParentCallSid')
})

test('a call that is sent elsewhere while it talks leaves the other one, who goes on', async () => {
  const { caller, furtherCaller, webhook, isOver, toldAt, isSentElsewhere, clock } = queueing(enqueue, dial)
  const agent = furtherCaller('caller2')
  webhook.says('<Response><Say>Next</Say></Response>')
  await caller.dials('100')
  await caller.isAnswered()
  await agent.dials('200')
  await agent.isAnswered()
  await agent.isBridged()
  await clock.advance(5_000)
  await isSentElsewhere('C1')
  await caller.hears('"Elsewhere"')
  await agent.hears('"Next"')
  await agent.isHungUpOn()
  await caller.isHungUpOn()
  await isOver()
  expect(toldAt('/after')).toMatchObject([{ QueueResult: 'redirected-from-bridged', QueueTime: '0' }])
  expect(toldAt('/done')).toMatchObject([{ DialCallStatus: 'completed', DialCallDuration: '5' }])
})

test('when whoever took a call out of the queue is sent elsewhere, the call goes on', async () => {
  const { caller, furtherCaller, webhook, isOver, toldAt, isSentElsewhere } = queueing(enqueue, dial)
  const agent = furtherCaller('caller2')
  webhook.says('<Response><Say>Thank you</Say></Response>')
  await caller.dials('100')
  await caller.isAnswered()
  await agent.dials('200')
  await agent.isAnswered()
  await agent.isBridged()
  await isSentElsewhere('C2')
  await caller.hears('"Thank you"')
  await agent.hears('"Elsewhere"')
  await caller.isHungUpOn()
  await agent.isHungUpOn()
  await isOver()
  expect(toldAt('/after')).toMatchObject([{ QueueResult: 'bridged' }])
})

test('a call that somebody picks up while it waits has been bridged', async () => {
  const { caller, furtherCaller, webhook, isOver, toldAt, callOf, house, calling, clock } = queueing(enqueue)
  const colleague = furtherCaller('caller2')
  webhook.says('<Response><Pause length="60"/></Response>')
  webhook.says('<Response><Say>Thank you</Say></Response>')
  await caller.dials('100')
  await caller.isAnswered()
  await colleague.dials('300')
  await clock.settle()
  await callOf('C2').leg.answer()
  await colleague.isAnswered()
  const taker = callOf('C2')
  const taking = house().exchange.take(callOf('C1'), taker, { calling: calling(), clock, signal: taker.leg.ended })
  taking.catch(() => undefined)
  await colleague.isBridged()
  expect(house().queues.list('A1')[0]?.size).toBe(0)
  await colleague.hangsUp()
  await caller.hears('"Thank you"')
  await caller.isHungUpOn()
  await isOver()
  expect(toldAt('/after')).toMatchObject([{ QueueResult: 'bridged' }])
})
