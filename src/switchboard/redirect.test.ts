import { expect, test } from 'vitest'
import { unlessAborted, VirtualClock } from '../base/index.ts'
import { child, type Callflows, type Flow, type FoundFlow } from '../callflow/index.ts'
import { newSimulator, simulatedLeg } from '../drivers/simulator/index.ts'
import { action, foundFlow, music, node, party, switchboardScene } from '../../test/support/switchboard-scene.ts'

const note = action('note', async (_, { call, clock, signal }) => {
  call.variables.channel.set('noted', 'yes')
  await clock.sleep(1_000, signal)
  return child()
})
const ask = action('ask', async (_, { signal }) => unlessAborted(new Promise<never>(() => undefined), signal))

async function scene(first: Flow = node('music')) {
  const clock = new VirtualClock()
  const flows: Record<string, FoundFlow> = {
    '100': foundFlow('first', first),
    '200': foundFlow('second', node('note')),
  }
  const callflows: Callflows = {
    find: async (_, number) => flows[number],
    get: async (_, id) => Object.values(flows).find((found) => found.id === id),
  }
  const calling = newSimulator({ clock })
  const { switchboard, events, cdrs } = switchboardScene({ clock, calling, callflows, actions: [music, note, ask] })
  const { leg, farEnd } = simulatedLeg({ clock, from: party('ann'), to: party('100') })
  switchboard.onCall(leg)
  await clock.settle()
  const { calls, exchange } = switchboard
  const [call] = calls.list()
  if (call === undefined) throw new Error('there is no call')
  const story = (): string[] =>
    events.flatMap((event) => {
      if (event.type === 'node.started') return [event.module]
      if (event.type === 'media.ended') return [`media ${event.how}`]
      if (event.type === 'flow.redirected') return [`to ${event.callflowId ?? 'flow'}`]
      return event.type === 'leg.ended' ? [`ended ${event.cause}`] : []
    })
  return { clock, calls, exchange, call, leg, farEnd, story, cdrs }
}

test('a redirected call stops what it hears and runs the other callflow on the same leg', async () => {
  const { clock, exchange, calls, call, leg, story, cdrs } = await scene()
  await exchange.redirect(call, { to: 'callflow', id: 'second' })
  expect(call.variables).toMatchObject({ callflowId: 'second', callflowName: 'Flow second' })
  expect(leg.ended.aborted).toBe(false)
  await clock.advance(1_000)
  expect(story()).toEqual(['music', 'media stopped', 'to second', 'note', 'ended NORMAL_CLEARING'])
  expect(cdrs).toHaveLength(1)
  expect(calls.size).toBe(0)
})

test('a call is sent to whatever answers a number, or to a flow as it is', async () => {
  const { clock, exchange, call, story } = await scene()
  await exchange.redirect(call, { to: 'number', number: '200' })
  await exchange.redirect(call, { to: 'flow', flow: node('music') })
  await clock.settle()
  expect(story()).toEqual(['music', 'media stopped', 'to second', 'note', 'to flow', 'music'])
})

test('a call that cannot be sent there goes on as it was', async () => {
  const { exchange, call, story } = await scene()
  await expect(exchange.redirect(call, { to: 'callflow', id: 'none' })).rejects.toMatchObject({
    code: 'DOCUMENT_NOT_FOUND',
    details: { collection: 'callflows', id: 'none' },
  })
  await expect(exchange.redirect(call, { to: 'number', number: '999' })).rejects.toMatchObject({
    details: { id: '999' },
  })
  expect(story()).toEqual(['music'])
})

test('a call is redirected while its flow waits for a web server', async () => {
  const { clock, exchange, call, story } = await scene(node('ask', node('music')))
  await exchange.redirect(call, { to: 'callflow', id: 'second' })
  await clock.settle()
  expect(story()).toEqual(['ask', 'to second', 'note'])
})

test('of two redirections at once the last one runs, and nothing runs beside it', async () => {
  const { clock, exchange, call, story } = await scene()
  await Promise.all([
    exchange.redirect(call, { to: 'callflow', id: 'second' }),
    exchange.redirect(call, { to: 'callflow', id: 'first' }),
  ])
  await clock.advance(5_000)
  expect(story()).toEqual(['music', 'media stopped', 'to first', 'music'])
})

test('a caller who hangs up before the new flow begins is gone, and nothing runs', async () => {
  const { clock, exchange, call, farEnd, story } = await scene()
  const redirected = exchange.redirect(call, { to: 'callflow', id: 'second' })
  farEnd.hangUp()
  await expect(redirected).rejects.toMatchObject({ code: 'CALL_GONE' })
  await clock.settle()
  expect(story()).toEqual(['music', 'media stopped', 'ended NORMAL_CLEARING'])
  await expect(exchange.redirect(call, { to: 'callflow', id: 'second' })).rejects.toMatchObject({ code: 'CALL_GONE' })
})

test('a caller who hangs up in the new flow ends it', async () => {
  const { clock, exchange, call, farEnd, cdrs } = await scene()
  await exchange.redirect(call, { to: 'callflow', id: 'second' })
  farEnd.hangUp()
  await clock.settle()
  expect(cdrs).toMatchObject([{ callflowId: 'second', endedBy: 'caller', hangupCause: 'NORMAL_CLEARING' }])
})
