import { expect, test } from 'vitest'
import { memoryApi } from '../../test/support/memory-api.ts'
import { silentLog, VirtualClock } from '../base/index.ts'
import type { CallEvent } from '../call/index.ts'
import type { FoundFlow } from '../callflow/index.ts'
import { newSimulator, simulatedLeg } from '../drivers/simulator/index.ts'
import { newSwitchboard } from '../switchboard/index.ts'

const account = { id: 'A1', realm: 'one.example', language: 'en-us', timezone: 'UTC', country: 'US' }
const found = (id: string, module: string): FoundFlow => ({
  id,
  name: id,
  flow: { module, data: {}, children: {} },
  isNoMatch: false,
  captureGroup: undefined,
  captureGroups: {},
})
const flows: Readonly<Record<string, FoundFlow>> = {
  '100': found('wait', 'wait_for_hangup'),
  '200': found('end', 'hangup'),
}

async function scene() {
  const clock = new VirtualClock()
  const events: CallEvent[] = []
  const { registry } = (await memoryApi()).ports
  const switchboard = newSwitchboard({
    directory: {
      subscriber: async () => ({ account, preflowId: undefined }),
      endpoint: async () => ({
        caller: { authorizingId: 'd1', authorizingType: 'device', ownerIds: ['u1'] },
        language: undefined,
      }),
    },
    callflows: {
      find: async (_, number) => flows[number],
      get: async (_, id) => Object.values(flows).find((flow) => flow.id === id),
    },
    registry,
    clock,
    log: silentLog,
    calling: newSimulator({ clock }),
    observers: [(event) => events.push(event)],
    mostCalls: 10,
  })
  const party = (user: string) => ({ user, realm: 'one.example' })
  const { leg, farEnd } = simulatedLeg({ clock, from: party('ann'), to: party('100'), callId: 'call-1' })
  switchboard.onCall(leg)
  await clock.settle()
  await leg.answer()
  return { ...(await memoryApi({ calls: switchboard.exchange })), leg, farEnd, events }
}

const channel = '/v2/accounts/A1/channels/call-1'

test('a live call is listed, by account, user and device, and told of', async () => {
  const { ask } = await scene()
  const line = {
    uuid: 'call-1',
    answered: true,
    authorizing_id: 'd1',
    destination: '100',
    direction: 'inbound',
    owner_id: 'u1',
    presence_id: 'ann@one.example',
    timestamp: 62_167_219_200,
    node: 'node-1',
  }
  for (const of of ['', 'users/u1/', 'devices/d1/']) {
    expect((await ask(`GET /v2/accounts/A1/${of}channels`)).data).toMatchObject([line])
  }
  expect((await ask('GET /v2/accounts/A1/users/u2/channels')).data).toEqual([])
  expect((await ask(`GET ${channel}`)).data).toMatchObject({ ...line, callflow_id: 'wait', channel_state: 'answered' })
})

test('another account has no such call', async () => {
  const { ask, token, leg } = await scene()
  const stranger = { token: await token('A2', 'admin') }
  expect((await ask('GET /v2/accounts/A2/channels', stranger)).data).toEqual([])
  expect((await ask('DELETE /v2/accounts/A2/channels/call-1', stranger)).status).toBe(404)
  expect(leg.ended.aborted).toBe(false)
})

test('a call that is not here is not found, and where it was looked for is told', async () => {
  const { ask } = await scene()
  const told = await ask('GET /v2/accounts/A1/channels/none')
  expect([told.status, told.text]).toEqual([404, expect.stringContaining('node node-1')])
})

test.each([
  ['POST', { action: 'hangup', cause: 'USER_BUSY' }, 'USER_BUSY'],
  ['PUT', { action: 'hangup' }, 'NORMAL_CLEARING'],
  ['DELETE', undefined, 'NORMAL_CLEARING'],
])('%s hangs a call up: %j', async (method, data, cause) => {
  const { ask, leg } = await scene()
  const told = await ask(`${method} ${channel}`, data === undefined ? {} : { data })
  expect([told.status, told.data]).toEqual([202, { message: 'hangup initiated' }])
  expect(leg.ended.reason).toMatchObject({ by: 'server', cause })
})

test.each([
  [{ action: 'callflow', id: 'end' }, 'end', 'hangup'],
  [{ action: 'transfer', target: '200' }, 'end', 'hangup'],
  [{ action: 'redirect', flow: { module: 'sleep', data: { duration: 1 } } }, undefined, 'sleep'],
])('a call is sent elsewhere: %j', async (data, callflowId, module) => {
  const { ask, events } = await scene()
  expect((await ask(`POST ${channel}`, { data })).status).toBe(202)
  const at = events.findIndex(({ type }) => type === 'flow.redirected')
  expect(events[at]).toMatchObject({ type: 'flow.redirected', callflowId })
  expect(events[at + 1]).toMatchObject({ type: 'node.started', module })
})

test.each([
  [{ action: 'dance' }, { action: { enum: { pointer: '/action' } } }],
  [{ action: 'hangup', cause: 'BOREDOM' }, { cause: { enum: { value: 'BOREDOM' } } }],
  [{ action: 'callflow' }, { id: { required: {} } }],
  [{ action: 'transfer' }, { target: { required: {} } }],
  [{ action: 'redirect' }, { flow: { required: {} } }],
  [{ action: 'redirect', flow: { module: 'nope' } }, { 'flow.module': { invalid: {} } }],
  [{ action: 'redirect', voice_url: 'ftp://x' }, { voice_url: { invalid: { pointer: '/voice_url' } } }],
])('what cannot be done is refused, and the call goes on: %j', async (data, problem) => {
  const { ask, leg, events } = await scene()
  const told = await ask(`POST ${channel}`, { data })
  expect([told.status, told.data]).toMatchObject([400, problem])
  expect(leg.ended.aborted).toBe(false)
  expect(events.some(({ type }) => type === 'flow.redirected')).toBe(false)
})

test('a callflow that is not there is not found', async () => {
  const { ask } = await scene()
  expect((await ask(`POST ${channel}`, { data: { action: 'callflow', id: 'none' } })).status).toBe(404)
})

test('a token that may only read hangs nothing up', async () => {
  const { ask, token } = await scene()
  expect((await ask(`DELETE ${channel}`, { token: await token('A1', 'read') })).status).toBe(403)
  expect((await ask(`DELETE ${channel}`, { token: await token('A1', 'calls') })).status).toBe(202)
})
