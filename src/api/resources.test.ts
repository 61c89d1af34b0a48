import { expect, test } from 'vitest'
import { memoryApi, startMs } from '../../test/support/memory-api.ts'
import { toGregorian } from './paging.ts'

const named = { accountId: 'A1', resourceId: 'r1', server: 'carrier.example' } as const
const trunks = {
  statuses: (accountId: string) =>
    accountId === 'A1'
      ? [
          {
            ...named,
            gateway: 'One',
            state: 'registered' as const,
            sipStatus: 200,
            reason: 'OK',
            until: startMs + 60_000,
          },
          {
            ...named,
            gateway: 'Two',
            state: 'registering' as const,
            sipStatus: undefined,
            reason: undefined,
            until: undefined,
          },
        ]
      : [],
}

test('the status of resources says how we stand with the gateways that we register with', async () => {
  const { ask } = await memoryApi({ trunks })
  const { data } = await ask('GET /v2/accounts/A1/resources/status')
  const said = { resource_id: 'r1', server: 'carrier.example' }
  const until = toGregorian(startMs + 60_000)
  expect(data).toMatchObject([
    { ...said, gateway: 'One', state: 'registered', sip_status: 200, reason: 'OK', until },
    { ...said, gateway: 'Two', state: 'registering' },
  ])
  expect((await ask('GET /v2/accounts/A2/resources/status')).data).toEqual([])
})

test('a server that registers with nobody says nothing', async () => {
  const { ask } = await memoryApi({})
  expect((await ask('GET /v2/accounts/A1/resources/status')).data).toEqual([])
})
