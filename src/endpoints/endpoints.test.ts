import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Call, type Branch, type Caller } from '../call/index.ts'
import type { Callflows, Collection, Document, Documents } from '../callflow/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import {
  beginRinging,
  deviceBranches,
  memberBranches,
  openOutside,
  readMembers,
  userBranches,
  type Manner,
} from './index.ts'

const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }

type Given = Partial<Record<Collection, readonly Document[]>>

const manner: Manner = { delayMs: 0, timeoutMs: 20_000, canCallSelf: false, asMembers: false }
const fromDesk: Caller = { authorizingId: 'desk', authorizingType: 'device', ownerIds: ['ann'] }

/** A call to 2030, and the documents of its account. */
async function scene(given: Given, caller?: Caller) {
  const clock = new VirtualClock()
  const documents: Documents = {
    get: async (_, collection, id) => given[collection]?.find((document) => document.id === id),
    list: async (_, collection) => given[collection] ?? [],
    save: async () => undefined,
  }
  const outside = openOutside({ operatorId: 'master', mayDial: async () => true, clock })
  const live: Call[] = []
  const exchange = { calls: () => live }
  const callflows: Callflows = { find: async () => undefined, get: async () => undefined }
  const { leg } = simulatedLeg({
    clock,
    from: { user: 'desk1', realm: 'a1.example', name: 'Desk' },
    to: { user: '2030', realm: 'a1.example' },
  })
  const call = new Call({
    leg,
    account,
    number: '2030',
    clock,
    log: silentLog,
    observers: [],
    ...(caller === undefined ? {} : { caller }),
  })
  call.variables.ownerId = caller?.ownerIds[0]
  const ring = async (how: Partial<Manner> = {}): Promise<Branch> => {
    const ringing = await beginRinging({ call, clock, log: silentLog }, { documents, callflows, outside, exchange })
    const [branch] = await deviceBranches('d1', { ...manner, ...how }, ringing)
    if (branch === undefined) throw new Error('nobody rings')
    return branch
  }
  const begin = () => beginRinging({ call, clock, log: silentLog }, { documents, callflows, outside, exchange })
  return { call, ring, begin, live }
}

const d1: Document = { id: 'd1', name: 'Shop', sip: { username: 'shop' } }
const desk: Document = { id: 'desk', owner_id: 'ann', presence_id: '1001@a1.example', sip: { username: 'desk1' } }
const ann: Document = { id: 'ann', first_name: 'Ann', last_name: 'Lee' }

test('a device is called by its registration, as whoever is calling', async () => {
  const { ring } = await scene({ devices: [d1] })
  expect(await ring({ delayMs: 2_000 })).toEqual({
    redirected: expect.any(Function) as unknown,
    target: { kind: 'device', accountId: 'A1', deviceId: 'd1', username: 'shop', realm: 'a1.example' },
    callerId: { name: 'Desk', number: 'desk1', realm: 'a1.example', isPrivate: false },
    headers: {},
    callee: {
      name: 'Shop',
      number: '2030',
      endpoint: { authorizingId: 'd1', authorizingType: 'device', ownerIds: [] },
    },
    delayMs: 2_000,
    timeoutMs: 20_000,
    ignoreEarlyMedia: false,
  })
})

test.each([
  ['username', {}, 'shop'],
  ['e164', { number: '4155552671' }, '+14155552671'],
  ['npan', { number: '+14155552671' }, '4155552671'],
  ['1npan', { number: '4155552671' }, '14155552671'],
  ['strip_plus', { number: '+41445556677' }, '41445556677'],
  ['e164', {}, '2030'],
  ['contact', {}, undefined],
  ['contact', { static_invite: '77' }, '77'],
])('the invite format %s with %j asks for %s', async (invite_format, more, requestUser) => {
  const { ring } = await scene({ devices: [{ ...d1, sip: { username: 'shop', invite_format, ...more } }] })
  expect((await ring()).target).toEqual({
    kind: 'device',
    accountId: 'A1',
    deviceId: 'd1',
    username: 'shop',
    realm: 'a1.example',
    ...(requestUser === undefined ? {} : { requestUser }),
  })
})

test('a callflow may say what the INVITE asks for; a route is called as it is', async () => {
  const sip = { username: 'shop', invite_format: 'e164', static_invite: '77', realm: 'shop.example' }
  const { ring } = await scene({ devices: [{ ...d1, sip }] })
  expect((await ring({ staticInvite: '88' })).target).toMatchObject({ requestUser: '88', realm: 'shop.example' })
  const routed = await scene({ devices: [{ ...d1, sip: { invite_format: 'route', route: 'sip:9@192.0.2.1' } }] })
  expect((await routed.ring()).target).toEqual({ kind: 'sip', uri: 'sip:9@192.0.2.1' })
})

test('a phone of the account calls as its documents say: the user before the device before the account', async () => {
  const at = (number: string, name?: string) => ({ caller_id: { internal: { number, name } } })
  const accounts: readonly Document[] = [{ id: 'A1', ...at('1', 'Account') }]
  const callerIn = async (given: Given) => (await (await scene({ accounts, ...given }, fromDesk)).ring()).callerId
  const devices = (caller: Document) => [d1, caller]
  expect(
    await callerIn({ devices: devices({ ...desk, ...at('2') }), users: [{ ...ann, ...at('3', 'Ann') }] }),
  ).toMatchObject({ name: 'Ann', number: '3' })
  expect(await callerIn({ devices: devices({ ...desk, ...at('2') }), users: [ann] })).toMatchObject({
    name: 'Account',
    number: '2',
  })
  expect(await callerIn({ devices: devices(desk), accounts: [] })).toMatchObject({ name: 'Desk', number: '1001' })
})

test('prepend_cid comes before the caller ID, set_cid in its place', async () => {
  const { call, ring } = await scene({ devices: [d1] })
  call.variables.prependName = 'VIP '
  call.variables.prependNumber = '9'
  expect((await ring()).callerId).toMatchObject({ name: 'VIP Desk', number: '9desk1' })
  call.variables.rewriteNumber = '+4144'
  expect((await ring()).callerId).toMatchObject({ name: 'VIP Desk', number: '+4144' })
})

test('what is to be hidden is not sent', async () => {
  const hidden = { ...desk, caller_id_options: { outbound_privacy: 'name' } }
  const { call, ring } = await scene({ devices: [d1, hidden] }, fromDesk)
  expect((await ring()).callerId).toMatchObject({ name: '', number: '1001', isPrivate: false })
  call.variables.privacy = { hideName: false, hideNumber: true, merge: false }
  expect((await ring()).callerId).toMatchObject({ name: 'Desk', number: '', isPrivate: true })
  call.variables.privacy = { hideName: false, hideNumber: true, merge: true }
  expect((await ring()).callerId).toMatchObject({ name: '', number: '', isPrivate: true })
  call.variables.privacy = { hideName: false, hideNumber: false, merge: false }
  expect((await ring({ suppressesCallerId: true })).callerId).toMatchObject({ name: '', number: '' })
})

test('headers come from the device and from the callflow, which knows the call', async () => {
  const custom_sip_headers = { in: { 'X-In': 'no' }, out: { 'X-Shop': '7', 'X-Both': 'device' } }
  const { ring } = await scene({ devices: [{ ...d1, sip: { username: 'shop', custom_sip_headers } }] })
  const customHeaders = {
    'X-Both': 'flow',
    'X-Caller': '{caller_id_number} of {account_realm}',
    'X-Odd': '{constructor}{nothing}',
    'X-Lines': 'a\r\nVia: b',
  }
  expect((await ring({ customHeaders })).headers).toEqual({
    'X-Shop': '7',
    'X-Both': 'flow',
    'X-Caller': 'desk1 of a1.example',
    'X-Odd': '{constructor}{nothing}',
  })
})

test('phones ring as the flow says, else the device, by where the call comes from', async () => {
  const devices = [{ ...d1, ringtones: { internal: 'soft', external: 'loud' } }, desk]
  const outside = await scene({ devices })
  expect((await outside.ring()).headers).toEqual({ 'Alert-Info': 'loud' })
  expect((await outside.ring({ ringtones: { external: 'louder' } })).headers).toEqual({ 'Alert-Info': 'louder' })
  const inside = await scene({ devices }, fromDesk)
  expect((await inside.ring()).headers).toEqual({ 'Alert-Info': 'soft' })
  inside.call.variables.alertInfo = 'urgent'
  expect((await inside.ring({ ringtones: { internal: 'soft' } })).headers).toEqual({ 'Alert-Info': 'urgent' })
})

test.each([
  [{ enforce_security: true, methods: ['srtp'] }, 'required'],
  [{ enforce_security: true }, 'required'],
  [{ enforce_security: false, methods: ['zrtp', 'srtp'] }, 'optional'],
  [{ methods: ['zrtp'] }, undefined],
  [{}, undefined],
])('a device with the encryption %j is called with it: %s', async (encryption, expected) => {
  const { ring } = await scene({ devices: [{ ...d1, media: { encryption } }] })
  expect((await ring()).encryption).toBe(expected)
})

test('the media settings of a device go along', async () => {
  const media = { audio: { codecs: ['PCMA'] }, ignore_early_media: true }
  const { ring } = await scene({ devices: [{ ...d1, media }] })
  expect(await ring()).toMatchObject({ codecs: ['PCMA'], ignoreEarlyMedia: true })
})

test('members keep their order, ring once, and those that are named by id alone are found', async () => {
  const devices = [d1, { id: 'd2', owner_id: 'ann', sip: { username: 'anns' } }, { id: 'd3', sip: { username: 'c' } }]
  const { begin } = await scene({ devices, users: [ann], groups: [{ id: 'g', endpoints: { d3: { type: 'device' } } }] })
  const ringing = await begin()
  const members = await readMembers(['ann', { id: 'd1', delay: '5', timeout: 0 }, 'd2', 'g', { id: '' }], ringing)
  expect(members.map(({ id, type, delaySeconds, timeoutSeconds }) => [id, type, delaySeconds, timeoutSeconds])).toEqual(
    [
      ['ann', 'user', 0, 20],
      ['d1', 'device', 5, 20],
      ['d2', 'device', 0, 20],
      ['g', 'group', 0, 20],
    ],
  )
  const branches = await memberBranches(members, { strategy: 'simultaneous', manner: {} }, ringing)
  expect(branches.map(({ callee, delayMs }) => [callee.endpoint?.authorizingId, delayMs])).toEqual([
    ['d2', 0],
    ['d1', 5_000],
    ['d3', 0],
  ])
})

test('whoever is forwarded to sees the caller, or the one who forwards', async () => {
  const forward = (more: object) => ({ call_forward: { enabled: true, number: '2002', ...more } })
  const target = { id: 'd2', sip: { username: 'mobile' } }
  const flow = { module: 'device', data: { id: 'd2' }, children: {} }
  const found = { id: 'f', name: undefined, flow, isNoMatch: false, captureGroup: undefined, captureGroups: {} }
  const forwarded = async (more: object) => {
    const { begin } = await scene({ devices: [{ ...d1, presence_id: '1002', ...forward(more) }, target] })
    const ringing = { ...(await begin()), callflows: { find: async () => found, get: async () => undefined } }
    return deviceBranches('d1', manner, ringing)
  }
  expect(await forwarded({})).toMatchObject([{ target: { username: 'mobile' }, callerId: { number: 'desk1' } }])
  expect(await forwarded({ keep_caller_id: false, require_keypress: false, ignore_early_media: false })).toMatchObject([
    { callerId: { name: 'Shop', number: '1002' }, ignoreEarlyMedia: false },
  ])
  expect(await forwarded({ substitute: false })).toMatchObject([
    { target: { username: 'shop' } },
    { target: { username: 'mobile' }, ignoreEarlyMedia: true },
  ])
})

test('a user is called at the devices that are the user’s, and no others', async () => {
  const { begin } = await scene({ devices: [d1, desk], users: [ann] })
  const branches = await userBranches('ann', manner, await begin())
  expect(branches.map(({ callee }) => callee)).toEqual([
    {
      name: 'Ann Lee',
      number: '1001',
      endpoint: { authorizingId: 'desk', authorizingType: 'device', ownerIds: ['ann'] },
    },
  ])
})

test('a page has the phone answer by itself', async () => {
  const { ring } = await scene({ devices: [d1] })
  expect((await ring({ answersItself: true })).headers).toHaveProperty('Call-Info', '<sip:a1.example>;answer-after=0')
})

test('intercom has the phone answer by itself, whatever ringtone it has', async () => {
  const { call, ring } = await scene({ devices: [{ ...d1, ringtones: { external: 'soft' } }] })
  expect((await ring()).headers).toEqual({ 'Alert-Info': 'soft' })
  call.variables.autoAnswer = { bargesIn: false }
  expect((await ring()).headers).toEqual({
    'Call-Info': '<sip:a1.example>;answer-after=0',
    'Alert-Info': '<http://www.notused.example>;info=alert-autoanswer;delay=0',
  })
})

test('dynamic_cid comes before what documents say, disa before that', async () => {
  const { call, ring } = await scene({ devices: [d1, desk], users: [ann] }, fromDesk)
  expect((await ring()).callerId).toMatchObject({ number: '1001' })
  call.variables.dynamicCallerId = { name: undefined, number: '+14155550100' }
  expect((await ring()).callerId).toMatchObject({ name: 'Desk', number: '+14155550100' })
  call.variables.keepsCallerId = true
  call.variables.callerIdNumber = '+14155550101'
  expect((await ring()).callerId).toMatchObject({ number: '+14155550101' })
})

test('whoever is logged in at a phone has it, and rings at it besides their own', async () => {
  const lab: Document = { ...d1, owner_id: 'ann', hotdesk: { users: { bob: {} } } }
  const { begin, ring } = await scene({ devices: [lab], users: [ann, { id: 'bob', first_name: 'Bob' }] })
  expect((await ring()).callee).toMatchObject({ name: 'Bob', endpoint: { ownerIds: ['bob'] } })
  expect(await userBranches('bob', manner, await begin())).toHaveLength(1)
  expect(await userBranches('ann', manner, await begin())).toHaveLength(1)
  expect(await userBranches('eve', manner, await begin())).toHaveLength(0)
})

test.each([
  [{ ...d1, call_waiting: { enabled: false } }, undefined, 0],
  [{ ...d1, owner_id: 'bob' }, { id: 'bob', call_waiting: { enabled: false } }, 0],
  [{ ...d1, call_waiting: { enabled: true } }, undefined, 1],
])('a phone that calls does not ring when it takes one call at a time: %j of %j', async (device, owner, branches) => {
  const given = { devices: [device], users: owner === undefined ? [] : [owner] }
  const { begin, live } = await scene(given)
  expect(await deviceBranches('d1', manner, await begin())).toHaveLength(1)
  const { call } = await scene({}, { authorizingId: 'd1', authorizingType: 'device', ownerIds: [] })
  live.push(call)
  expect(await deviceBranches('d1', manner, await begin())).toHaveLength(branches)
})
