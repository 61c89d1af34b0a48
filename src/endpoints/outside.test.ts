import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Call, nameOfTarget, type Branch, type Caller, type CallEvent } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import { MemoryDocuments } from '../documents/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { beginRinging, findWayOut, openOutside, wayOutOf, type Manner } from './index.ts'

const manner: Manner = { delayMs: 0, timeoutMs: 60_000, canCallSelf: true, asMembers: false }
const fromDesk: Caller = { authorizingId: 'desk', authorizingType: 'device', ownerIds: ['ann'] }

const carrier = (id: string, more: object = {}): Document => ({
  id,
  rules: ['^(911|112)$', '^\\+1(\\d{10})$'],
  gateways: [{ server: `${id}.example` }],
  ...more,
})

interface Given {
  /** Of account A1, whose call it is. */
  readonly own?: readonly Document[]
  readonly operators?: readonly Document[]
  readonly account?: object
  readonly device?: object
  readonly user?: object
  readonly forbidden?: readonly string[]
}

/** A call of the phone `desk` of account A1; the operator is the account `master`. */
function scene({ own = [], operators = [], account, device, user, forbidden = [] }: Given, caller = fromDesk) {
  const clock = new VirtualClock()
  const documents = new MemoryDocuments()
  documents.put('A1', 'accounts', { id: 'A1', ...account })
  documents.put('A1', 'devices', { id: 'desk', owner_id: 'ann', sip: { username: 'desk1' }, ...device })
  documents.put('A1', 'users', { id: 'ann', ...user })
  for (const one of own) documents.put('A1', 'resources', one)
  for (const one of operators) documents.put('master', 'resources', one)
  documents.put('other', 'resources', carrier('foreign'))
  const party = (name: string) => ({ user: name, realm: 'a1.example', name: 'Desk' })
  const { leg } = simulatedLeg({ clock, from: party('desk1'), to: party('4155552671') })
  const call = new Call({
    leg,
    account: { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' },
    number: '+14155552671',
    clock,
    log: silentLog,
    observers: [],
    caller,
  })
  const mayDial = async (host: string): Promise<boolean> => !forbidden.includes(host)
  const outside = openOutside({ operatorId: 'master', mayDial, clock })
  const callflows = { find: async () => undefined, get: async () => undefined }
  const find = async (data: Record<string, unknown> = {}, module = 'resources', how: Partial<Manner> = {}) => {
    const ringing = await beginRinging(
      { call, clock, log: silentLog },
      { documents, callflows, outside, exchange: { calls: () => [] } },
    )
    return findWayOut('4155552671', wayOutOf(module, data, 'A1'), { ...manner, ...how }, ringing)
  }
  const branch = async (...asked: Parameters<typeof find>): Promise<Branch> => {
    const found = await find(...asked)
    if (found.is !== 'found') throw new Error(`there is no way: ${found.is}`)
    return found.branch
  }
  const gateways = async (...asked: Parameters<typeof find>): Promise<readonly string[]> => {
    const found = await find(...asked)
    const all: string[] = []
    for (let one = found.is === 'found' ? found.branch : undefined; one !== undefined; one = one.next) {
      all.push(nameOfTarget(one.target).replace(/^.*@/, ''))
    }
    return all
  }
  return { call, clock, find, branch, gateways }
}

test('resources are the account’s own, offnet the operator’s; nobody has those of another account', async () => {
  const { gateways } = scene({ own: [carrier('own')], operators: [carrier('global')] })
  expect(await gateways()).toEqual(['own.example'])
  expect(await gateways({ use_local_resources: false })).toEqual(['global.example'])
  expect(await gateways({}, 'offnet')).toEqual(['global.example'])
  expect(await gateways({ hunt_account_id: 'master' })).toEqual(['global.example'])
  expect(await gateways({ hunt_account_id: 'other' })).toEqual([])
})

test('an account’s own gateways must be where calls may go; the operator’s need not', async () => {
  const gatewaysOf = (id: string) => carrier(id, { gateways: [{ server: '10.0.0.1' }, { server: 'fine.example' }] })
  const { gateways } = scene({ own: [gatewaysOf('a')], operators: [gatewaysOf('b')], forbidden: ['10.0.0.1'] })
  expect(await gateways()).toEqual(['fine.example'])
  expect(await gateways({}, 'offnet')).toEqual(['10.0.0.1', 'fine.example'])
})

test('a trunk is called with its credentials, by its proxy, in its codecs, with its headers', async () => {
  const gateway = {
    server: 'one.example',
    port: 5070,
    username: 'acme',
    password: 'secret',
    realm: 'carrier.example',
    proxy: 'edge.example',
    codecs: ['PCMA'],
    progress_timeout: 12,
    custom_sip_headers: { 'X-Customer': '{account_id}' },
  }
  const { branch } = scene({ own: [carrier('r1', { gateways: [gateway] })] })
  const data = { emit_account_id: true }
  expect(await branch(data, 'resources', { customHeaders: { 'X-Call': '{from_user}' } })).toMatchObject({
    target: {
      kind: 'sip',
      uri: 'sip:4155552671@one.example:5070',
      isTrunk: true,
      proxy: 'edge.example',
      credentials: { username: 'acme', password: 'secret' },
    },
    callerId: { realm: 'carrier.example' },
    headers: { 'X-Customer': 'A1', 'X-Call': 'desk1', 'X-Account-ID': 'A1' },
    codecs: ['PCMA'],
    callee: { number: '+14155552671', endpoint: { authorizingId: 'r1', authorizingType: 'resource', ownerIds: [] } },
    progressMs: 12_000,
    timeoutMs: 60_000,
  })
})

const ids = {
  internal: { name: 'Ann', number: '1001' },
  external: { name: 'Acme', number: '+15551230001' },
  emergency: { name: 'Acme, 2nd floor', number: '+15551230009' },
}

test('outside, the external caller ID is shown, or the one that node, gateway or resource ask for', async () => {
  const given = { own: [carrier('own', { caller_id_options: { type: 'internal' } })], user: { caller_id: ids } }
  const { branch } = scene(given)
  expect((await branch()).callerId).toEqual({ ...ids.internal, realm: '', isPrivate: false })
  expect((await branch({ caller_id_type: 'external' })).callerId).toMatchObject(ids.external)
  const plain = scene({ own: [carrier('own')], user: { caller_id: ids } })
  expect((await plain.branch()).callerId).toMatchObject(ids.external)
})

test('callers appear to be of the realm that is asked for, else of ours', async () => {
  const { branch } = scene({ own: [carrier('own')] })
  expect((await branch()).callerId.realm).toBe('')
  expect((await branch({ format_from_uri: true })).callerId.realm).toBe('a1.example')
  expect((await branch({ format_from_uri: true, from_uri_realm: 'acme.example' })).callerId.realm).toBe('acme.example')
})

test('who hides is only told to the trunk, which learns what is asserted', async () => {
  const asserted = { name: 'Acme', number: '+15551230000', realm: 'acme.example' }
  const user = { caller_id: { ...ids, asserted }, caller_id_options: { outbound_privacy: 'full' } }
  const { branch } = scene({ own: [carrier('own')], user })
  expect((await branch()).callerId).toEqual({ name: '', number: '+15551230001', realm: '', isPrivate: true, asserted })
})

test('emergency services see the emergency caller ID, whatever is to be hidden', async () => {
  const user = { caller_id: ids, caller_id_options: { outbound_privacy: 'full' } }
  const { branch } = scene({ own: [carrier('own', { emergency: true })], user })
  expect((await branch({ to_did: '911' })).callerId).toEqual({ ...ids.emergency, realm: '', isPrivate: false })
})

test('flags of the node, of whoever calls, and values of the call choose the resource', async () => {
  const own = [carrier('plain'), carrier('fax', { flags: ['fax'] }), carrier('more', { flags: ['fax', 'east'] })]
  const { gateways, call } = scene({ own, user: { outbound_flags: { static: ['fax'] } } })
  expect(await gateways()).toEqual(['fax.example', 'more.example'])
  expect(await gateways({ outbound_flags: ['east'] })).toEqual(['more.example'])
  call.variables.channel.set('region', 'east')
  expect(await gateways({ dynamic_flags: ['custom_channel_vars.Region', 'zone'] })).toEqual(['more.example'])
})

test('numbers are E.164 unless they are to go as dialled', async () => {
  const { branch } = scene({ own: [carrier('own', { rules: ['^.*$'] })] })
  const dialled = async (data: Record<string, unknown>) => nameOfTarget((await branch(data)).target)
  expect(await dialled({})).toBe('+14155552671@own.example')
  expect(await dialled({ bypass_e164: true })).toBe('4155552671@own.example')
  expect(await dialled({ do_not_normalize: true })).toBe('4155552671@own.example')
  expect(await dialled({ to_did: '00412' })).toBe('00412@own.example')
})

test('the user’s dial plan comes before the device’s, and expressions that nobody can run are passed over', async () => {
  const device = { dial_plan: { '^(\\d+)$': { prefix: '+2' } } }
  const user = { dial_plan: { '(': {}, '^(\\d{10})$': { prefix: '+1', suffix: '' }, system: ['us'] } }
  const { branch } = scene({ own: [carrier('own')], device, user })
  expect(nameOfTarget((await branch()).target)).toBe('4155552671@own.example')
})

test.each([
  ['account', { account: { call_restriction: { did_us: { action: 'deny' } } } }],
  ['device', { device: { call_restriction: { did_us: { action: 'deny' } } } }],
  ['user', { user: { call_restriction: { did_us: { action: 'deny' } } } }],
])('what the %s may not call is denied', async (_, given) => {
  const { find } = scene({ own: [carrier('own')], ...given })
  expect(await find()).toEqual({ is: 'denied', class: 'did_us' })
  expect((await find({ to_did: '911' })).is).toBe('found')
})

test('callers of no phone are restricted by the account alone', async () => {
  const given = { own: [carrier('own')], account: { call_restriction: { toll_us: { action: 'deny' } } } }
  const { find } = scene(given, { ownerIds: [] })
  expect((await find()).is).toBe('found')
  expect(await find({ to_did: '+19005551234' })).toEqual({ is: 'denied', class: 'toll_us' })
})

test('a gateway that failed is tried last for its grace period, one that rang or was called off is not', async () => {
  const own = [carrier('a', { gateways: [{ server: 'a.example' }, { server: 'b.example' }] })]
  const { branch, gateways, call, clock } = scene({ own })
  const ends = async (cause: 'NORMAL_TEMPORARY_FAILURE' | 'ORIGINATOR_CANCEL' | 'USER_BUSY', sipStatus: number) => {
    const event = {
      type: 'leg.ended',
      by: 'callee',
      cause,
      sipStatus,
      sequence: 1,
      atMs: 0,
      callId: 'C',
      accountId: 'A1',
    }
    const first = await branch()
    first.observe?.(event as CallEvent, call)
  }
  await ends('USER_BUSY', 486)
  await ends('ORIGINATOR_CANCEL', 487)
  expect(await gateways()).toEqual(['a.example', 'b.example'])
  await ends('NORMAL_TEMPORARY_FAILURE', 503)
  expect(await gateways()).toEqual(['b.example', 'a.example'])
  await clock.advance(5_000)
  expect(await gateways()).toEqual(['a.example', 'b.example'])
})
