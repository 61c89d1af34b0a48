import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Call, nameOfTarget } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { openOutside } from '../endpoints/index.ts'
import { MemoryDocuments } from '../documents/index.ts'
import type { Party } from '../twiml/index.ts'
import { openParties } from './index.ts'

const devices = [
  { id: 'd1', owner_id: 'u1', sip: { username: 'me' } },
  { id: 'd2', owner_id: 'u2', name: 'Front Desk', sip: { username: 'bob' } },
  { id: 'd3', presence_id: '2033@a1.example', sip: { username: 'ann' } },
  { id: 'd4', sip: { username: '2034' } },
  { id: 'd5', enabled: false, sip: { username: 'old' } },
]
const users = [
  { id: 'u1', presence_id: '2031' },
  { id: 'u2', caller_id: { internal: { number: '2032' } } },
]
const flows: Readonly<Record<string, { module: string; data: object; isNoMatch?: boolean }>> = {
  '+14155550133': { module: 'user', data: { id: 'u2' } },
  '2040': { module: 'device', data: { id: 'd3' } },
  '2041': { module: 'ring_group', data: { endpoints: [{ id: 'd2', endpoint_type: 'device' }, { id: 'd3' }] } },
  '2042': { module: 'menu', data: { id: 'm1' } },
  '+15557770000': { module: 'offnet', data: {}, isNoMatch: true },
  '2099': { module: 'device', data: { id: 'd3' }, isNoMatch: true },
}

/** Whom a call from device d1 of user u1 reaches. */
function parties(mayDial = true, trunks: Readonly<Record<string, readonly Document[]>> = {}) {
  const clock = new VirtualClock()
  const documents = new MemoryDocuments()
  for (const device of devices) documents.put('A1', 'devices', device)
  for (const user of users) documents.put('A1', 'users', user)
  for (const [accountId, resources] of Object.entries(trunks)) {
    for (const resource of resources) documents.put(accountId, 'resources', resource)
  }
  const { leg } = simulatedLeg({
    clock,
    from: { user: 'me', realm: 'a1.example', name: 'Me' },
    to: { user: '2030', realm: 'a1.example' },
  })
  const call = new Call({
    leg,
    account: { id: 'A1', realm: 'A1.example', language: 'en-us', timezone: 'UTC', country: 'US' },
    caller: { authorizingId: 'd1', authorizingType: 'device', ownerIds: ['u1'] },
    number: '2030',
    clock,
    log: silentLog,
    observers: [],
  })
  call.variables.ownerId = 'u1'
  const asked: string[] = []
  const reach = openParties({
    documents,
    clock,
    callflows: {
      get: async () => undefined,
      find: async (_accountId, number) => {
        const found = flows[number]
        if (found === undefined) return undefined
        const { module, data, isNoMatch = false } = found
        const flow = { module, data: { ...data }, children: {} }
        return { id: 'f', name: undefined, flow, isNoMatch, captureGroup: undefined, captureGroups: {} }
      },
    },
    exchange: { calls: () => [] },
    outside: openOutside({ operatorId: 'master', mayDial: async () => true, clock }),
    mayDial: async (host) => {
      asked.push(host)
      return mayDial
    },
  })
  const branches = (party: Party, callerId?: string) => reach(party, { call, timeoutMs: 12_000, callerId })
  const targets = async (party: Party) => (await branches(party)).map(({ target }) => nameOfTarget(target))
  return { call, branches, targets, asked }
}

const sip = { kind: 'sip', uri: 'sip:carol@pbx.example:5070', user: 'carol', host: 'pbx.example', headers: {} } as const

test.each([
  ['device', 'd2', ['bob']],
  ['device', 'nobody', []],
  ['device', 'd5', []],
  ['device', 'd1', ['me']],
  ['user', 'u2', ['bob']],
  ['user', 'u1', []],
  ['client', 'BOB', ['bob']],
  ['client', 'front desk', ['bob']],
  ['client', 'carol', []],
  ['number', '4155550133', ['bob']],
  ['number', '2040', ['ann']],
  ['number', '2041', ['bob', 'ann']],
  ['number', '2042', []],
  ['number', '2031', ['me']],
  ['number', '2032', ['bob']],
  ['number', '2033', ['ann']],
  ['number', '2034', ['2034']],
  ['number', '2099', []],
] as const)('%s %s reaches %j', async (kind, name, reached) => {
  expect(await parties().targets({ kind, name })).toEqual(reached)
})

test('all ring for as long as Dial says, with the number that it says', async () => {
  const { branches } = parties()
  for (const party of [{ kind: 'device', name: 'd2' }, sip] as const) {
    expect(await branches(party, '+15557770000')).toMatchObject([
      { timeoutMs: 12_000, delayMs: 0, callerId: { name: 'Me', number: '+15557770000', realm: 'A1.example' } },
    ])
  }
})

test('a SIP address is called with its headers and credentials, when calls may go to its host', async () => {
  const { branches, asked } = parties()
  const credentials = { username: 'u', password: 'p' }
  expect(await branches({ ...sip, headers: { 'X-Tenant': '7' }, credentials })).toMatchObject([
    { target: { kind: 'sip', uri: sip.uri, credentials }, headers: { 'X-Tenant': '7' }, callee: { number: 'carol' } },
  ])
  expect(asked).toEqual(['pbx.example'])
  expect(await parties(false).targets(sip)).toEqual([])
})

test('a SIP address of the account’s own realm is its device, with the headers', async () => {
  const { branches, asked } = parties(false)
  const party = { ...sip, uri: 'sip:bob@a1.example', user: 'bob', host: 'a1.example', headers: { 'X-A': '1' } }
  expect(await branches(party)).toMatchObject([{ target: { kind: 'device', deviceId: 'd2' }, headers: { 'X-A': '1' } }])
  expect(asked).toEqual([])
})

test('who hides their number is not shown to a SIP address, whatever Dial says', async () => {
  const { call, branches } = parties()
  call.variables.privacy = { hideName: true, hideNumber: true, merge: false }
  expect(await branches(sip, '+15557770000')).toMatchObject([{ callerId: { name: '', number: '', isPrivate: true } }])
})

const carrier = (id: string, more: object = {}): Document => ({
  id,
  rules: ['^\\+1(\\d{10})$'],
  gateways: [{ server: `${id}.example` }],
  ...more,
})

test('a number that nobody has goes by the account’s own resources, and without them by the operator’s', async () => {
  const own = parties(true, { A1: [carrier('own')], master: [carrier('global')] })
  const number = { kind: 'number', name: '+14155552671' } as const
  expect(await own.targets(number)).toEqual(['4155552671@own.example'])
  expect(await parties(true, { master: [carrier('global')] }).targets(number)).toEqual(['4155552671@global.example'])
  expect(await parties(true, { other: [carrier('foreign')] }).targets(number)).toEqual([])
})

test('the callflow for all other numbers says whose resources they are', async () => {
  const both = parties(true, { A1: [carrier('own')], master: [carrier('global')] })
  expect(await both.targets({ kind: 'number', name: '+15557770000' })).toEqual(['5557770000@global.example'])
})

test('outside, the caller ID that Dial names is shown', async () => {
  const { branches } = parties(true, { A1: [carrier('own')] })
  const [branch] = await branches({ kind: 'number', name: '+14155552671' }, '+15551230001')
  expect(branch?.callerId).toEqual({ name: 'Me', number: '+15551230001', realm: '', isPrivate: false })
})
