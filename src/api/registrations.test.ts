import { expect, test } from 'vitest'
import { memoryApi, startMs } from '../../test/support/memory-api.ts'
import type { Registration } from '../registrations/index.ts'
import { toGregorian } from './paging.ts'

const desk: Registration = {
  accountId: 'A1',
  deviceId: 'd1',
  username: 'desk',
  key: 'sip:desk@10.0.0.5',
  uri: 'sip:desk-0x1@10.0.0.5:5062',
  params: '',
  flow: { transport: 'udp', address: '192.0.2.10', port: 1_024 },
  userAgent: 'Test/1',
  node: 'node-2',
  callId: 'c1',
  cseq: 1,
  registeredAt: startMs,
  expiresAt: startMs + 300_000,
}

async function scene() {
  let kept: readonly Registration[] = [desk, { ...desk, deviceId: 'd2', username: 'ear' }]
  const registrations = {
    list: async (accountId: string) => kept.filter((one) => one.accountId === accountId),
    remove: async (accountId: string, username?: string) => {
      const before = kept.length
      kept = kept.filter((one) => one.accountId !== accountId || (username ?? one.username) !== one.username)
      return before - kept.length
    },
  }
  return memoryApi({ registrations })
}

test('the registrations of an account are listed and counted, and those of others are not', async () => {
  const { ask, clock } = await scene()
  await clock.advance(10_500)
  const { data } = await ask('GET /v2/accounts/A1/registrations')
  expect(data).toHaveLength(2)
  expect(data[0]).toEqual({
    account_id: 'A1',
    authorizing_id: 'd1',
    authorizing_type: 'device',
    username: 'desk',
    contact: 'sip:desk-0x1@10.0.0.5:5062',
    call_id: 'c1',
    source_ip: '192.0.2.10',
    source_port: 1_024,
    proxy_protocol: 'udp',
    user_agent: 'Test/1',
    event_timestamp: toGregorian(startMs),
    expires: 290,
    registrar_node: 'node-2',
  })
  expect((await ask('GET /v2/accounts/A1/registrations/count')).data).toEqual({ count: 2 })
  expect((await ask('GET /v2/accounts/A2/registrations')).data).toEqual([])
})

test('they are forgotten, all or of one device, by administrators only', async () => {
  const { ask, token } = await scene()
  const reader = await token('A1', 'read')
  expect((await ask('DELETE /v2/accounts/A1/registrations', { token: reader })).status).toBe(403)
  expect((await ask('DELETE /v2/accounts/A1/registrations/desk')).data).toEqual({ count: 1 })
  expect((await ask('DELETE /v2/accounts/A1/registrations/desk')).status).toBe(404)
  expect((await ask('DELETE /v2/accounts/A1/registrations')).data).toEqual({ count: 1 })
})

test('the status of devices says who is registered, and who can be', async () => {
  const { ask, documents } = await scene()
  documents.set('A1', 'devices', { id: 'd1', sip: { username: 'desk', password: 'secret' } })
  documents.set('A1', 'devices', { id: 'd3', sip: { username: 'mute' } })
  expect((await ask('GET /v2/accounts/A1/devices/status')).data).toEqual([
    { device_id: 'd1', registrable: true, registered: true },
    { device_id: 'd3', registrable: false, registered: false },
  ])
})

test('a server that takes no registrations has none', async () => {
  const { ask } = await memoryApi()
  expect((await ask('GET /v2/accounts/A1/registrations')).data).toEqual([])
  expect((await ask('DELETE /v2/accounts/A1/registrations')).data).toEqual({ count: 0 })
})
