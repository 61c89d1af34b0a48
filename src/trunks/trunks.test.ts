import { expect, test } from 'vitest'
import { VirtualClock } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { GatewayHealth, hostsOf, readTrunk, uriAt, waysTo, type Trunk, type Way } from './index.ts'

const resource = (more: object = {}): Document => ({
  id: 'r1',
  rules: ['^\\+1(\\d{10})$'],
  gateways: [{ server: 'one.example' }],
  ...more,
})

function trunkOf(more: object = {}): Trunk {
  const trunk = readTrunk('A1', resource(more))
  if (trunk === undefined) throw new Error('it is switched off')
  return trunk
}

const wanted = { number: '+14155552671', callerNumber: '+15551230001', flags: [] }
const names = (ways: readonly Way[]) => ways.map(({ gateway, number }) => `${number}@${gateway.server}`)

test('what a resource does not say has KAZOO’s values', () => {
  expect(trunkOf()).toMatchObject({ accountId: 'A1', id: 'r1', name: 'r1', cost: 50, graceMs: 5_000, flags: [] })
  expect(trunkOf().gateways).toMatchObject([{ server: 'one.example', progressMs: 8_000, registers: false, codecs: [] }])
})

test('one that is switched off is none, and neither are its gateways that are', () => {
  expect(readTrunk('A1', resource({ enabled: false }))).toBeUndefined()
  const gateways = [
    { server: 'a.example', enabled: false },
    { server: 'b.example', invite_format: 'loopback' },
    { name: 'nowhere' },
    { route: 'ftp:b.example' },
    { server: 'c.example' },
  ]
  expect(trunkOf({ gateways }).gateways.map(({ server }) => server)).toEqual(['c.example'])
})

test('the first rule that matches says what is dialled: its group, else all of it', () => {
  const rules = ['^\\+44(\\d+)$', '^\\+1415\\d+$', '^\\+1(\\d{10})$']
  expect(names(waysTo(wanted, [trunkOf({ rules })]))).toEqual(['+14155552671@one.example'])
  expect(names(waysTo({ ...wanted, number: '+442079460000' }, [trunkOf({ rules })]))).toEqual([
    '2079460000@one.example',
  ])
  expect(waysTo({ ...wanted, number: '911' }, [trunkOf({ rules })])).toEqual([])
  expect(waysTo(wanted, [trunkOf({ rules: [] })])).toEqual([])
})

test('a rule that nobody can run is told, once, and left out', () => {
  const told: string[] = []
  const document = resource({ rules: ['(', '^\\+1(\\d{10})$'] })
  const trunk = readTrunk('A1', document, ({ details }) => told.push(details.pattern))
  readTrunk('A1', document, ({ details }) => told.push(details.pattern))
  expect(trunk?.rules).toHaveLength(1)
  expect(told).toEqual(['('])
})

test('the cheapest comes first, all its gateways before the next', () => {
  const dear = trunkOf({ weight_cost: 70, gateways: [{ server: 'dear.example' }] })
  const cheap = trunkOf({ weight_cost: 10, gateways: [{ server: 'a.example' }, { server: 'b.example' }] })
  expect(waysTo(wanted, [dear, trunkOf(), cheap]).map(({ gateway }) => gateway.server)).toEqual([
    'a.example',
    'b.example',
    'one.example',
    'dear.example',
  ])
})

test.each([
  [[], { flags: ['fax'] }, true],
  [['fax'], { flags: ['fax', 'cheap'] }, true],
  [['fax', 'zurich'], { flags: ['fax'] }, false],
  [[], { flags: ['fax'], require_flags: true }, false],
  [['fax'], { flags: ['fax'], require_flags: true }, true],
])('a call that asks for %j is carried by %j: %s', (flags, more, isCarried) => {
  expect(waysTo({ ...wanted, flags }, [trunkOf(more)])).toHaveLength(isCarried ? 1 : 0)
})

test('cid_rules say whose calls it carries', () => {
  expect(waysTo(wanted, [trunkOf({ cid_rules: ['^\\+1555'] })])).toHaveLength(1)
  expect(waysTo(wanted, [trunkOf({ cid_rules: ['^\\+1777', '^\\+44'] })])).toHaveLength(0)
})

test.each([
  [{}, 'sip:4155552671@one.example'],
  [{ prefix: '00', suffix: '#' }, 'sip:004155552671%23@one.example'],
  [{ invite_format: '1npan', port: 5070, transport: 'tcp' }, 'sip:14155552671@one.example:5070;transport=tcp'],
  [{ invite_format: 'e164' }, 'sip:+14155552671@one.example'],
  [{ invite_format: 'username', username: 'acme' }, 'sip:acme@one.example'],
  [{ server: '2001:db8::1' }, 'sip:4155552671@[2001:db8::1]'],
  [{ route: 'sip:all@pbx.example;transport=tcp' }, 'sip:all@pbx.example;transport=tcp'],
])('a gateway %j is called at %s', (more, uri) => {
  const trunk = trunkOf({ gateways: [{ server: 'one.example', ...more }] })
  const [way] = waysTo(wanted, [trunk])
  expect(way && uriAt(way.gateway, way.number, 'US')).toBe(uri)
})

test.each([
  [{}, 'one.example'],
  [{ proxy: 'sip:edge.example:5070;lr' }, 'edge.example'],
  [{ proxy: '192.0.2.7:5080' }, '192.0.2.7'],
  [{ route: 'sip:all@[2001:db8::1]:5060' }, '[2001:db8::1]'],
  [{ server: '2001:db8::2' }, '2001:db8::2'],
])('calls by %j are sent to %s', (more, host) => {
  const [gateway] = trunkOf({ gateways: [{ server: 'one.example', ...more }] }).gateways
  expect(gateway && hostsOf(gateway)).toEqual([host])
})

test('a gateway that has failed comes last until its grace period is over, or it does well', async () => {
  const clock = new VirtualClock()
  const health = new GatewayHealth(clock)
  const trunk = trunkOf({ gateways: [{ server: 'a.example' }, { server: 'b.example' }], grace_period: 10 })
  const ways = waysTo(wanted, [trunk])
  const order = () => health.inOrder(ways).map(({ gateway }) => gateway.server)
  const [first] = ways
  if (first === undefined) throw new Error('there is no way')

  expect(order()).toEqual(['a.example', 'b.example'])
  health.hasFailed(first)
  expect(order()).toEqual(['b.example', 'a.example'])
  health.isWell(first)
  expect(order()).toEqual(['a.example', 'b.example'])
  health.hasFailed(first)
  await clock.advance(9_999)
  expect(order()).toEqual(['b.example', 'a.example'])
  await clock.advance(1)
  expect(order()).toEqual(['a.example', 'b.example'])
})
