import { expect, test } from 'vitest'
import { isFailure, VirtualClock } from '../base/index.ts'
import { knownNames } from './known-names.ts'
import type { HopTarget } from './next-hop.ts'
import { resolver, type NamePointer, type NameServer, type ServiceRecord } from './resolve.ts'
import type { Flow } from './session.ts'

const record = (name: string, priority: number, weight = 1, port = 5070): ServiceRecord => ({
  name,
  port,
  priority,
  weight,
})

const pointer = (service: string, replacement: string, order = 1, preference = 1, flags = 's'): NamePointer => ({
  flags,
  service,
  replacement,
  order,
  preference,
})

interface Dns {
  readonly pointers?: Readonly<Record<string, readonly NamePointer[]>>
  readonly services?: Readonly<Record<string, readonly ServiceRecord[]>>
  readonly addresses?: Readonly<Record<string, readonly string[]>>
}

function namesOf({ pointers = {}, services = {}, addresses = {} }: Dns): NameServer & { readonly asked: string[] } {
  const asked: string[] = []
  const find = <T>(all: Readonly<Record<string, T>>, name: string): Promise<T> => {
    asked.push(name)
    const found = all[name]
    return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found)
  }
  return {
    asked,
    pointers: (name) => find(pointers, name),
    services: (name) => find(services, name),
    addresses: (name) => find(addresses, name),
  }
}

const target = { host: 'trunk.example', port: undefined, transport: undefined }

const hopsFrom = (names: NameServer, asked: HopTarget): Promise<readonly Flow[]> =>
  resolver(names, new VirtualClock())(asked)

const said = (hops: readonly Flow[]): readonly string[] =>
  hops.map(
    ({ transport, address, port, name }) => `${transport} ${address} ${port}${name === undefined ? '' : ` ${name}`}`,
  )

test('service records come first, by priority; one that has no address is left out', async () => {
  const names = namesOf({
    services: {
      '_sip._udp.trunk.example': [record('b.example', 20), record('gone.example', 10), record('a.example', 10)],
    },
    addresses: { 'a.example': ['192.0.2.1', '192.0.2.2'], 'b.example': ['192.0.2.3'] },
  })
  expect(said(await hopsFrom(names, target))).toEqual([
    'udp 192.0.2.1 5070',
    'udp 192.0.2.2 5070',
    'udp 192.0.2.3 5070',
  ])
})

test('where nobody says by what, all transports that have services are tried: UDP, TCP, TLS', async () => {
  const names = namesOf({
    services: {
      '_sip._tcp.trunk.example': [record('a.example', 1)],
      '_sips._tcp.trunk.example': [record('a.example', 1, 1, 5071)],
    },
    addresses: { 'a.example': ['192.0.2.1'] },
  })
  expect(said(await hopsFrom(names, target))).toEqual(['tcp 192.0.2.1 5070', 'tls 192.0.2.1 5071 trunk.example'])
})

test('NAPTR says by what, and where the services are: in its order, and only what we can do', async () => {
  const names = namesOf({
    pointers: {
      'trunk.example': [
        pointer('SIP+D2U', '_sip._udp.trunk.example', 20),
        pointer('SIP+D2S', '_sip._sctp.trunk.example', 1),
        pointer('E2U+sip', '', 1, 1, 'u'),
        pointer('SIP+D2T', 'tcp.elsewhere.example', 10, 20),
        pointer('sips+d2t', 'tls.elsewhere.example', 10, 10, 'S'),
      ],
    },
    services: {
      '_sip._udp.trunk.example': [record('a.example', 1)],
      'tcp.elsewhere.example': [record('b.example', 1)],
      'tls.elsewhere.example': [record('b.example', 1, 1, 5061)],
    },
    addresses: { 'a.example': ['192.0.2.1'], 'b.example': ['2001:db8::2'] },
  })
  expect(said(await hopsFrom(names, target))).toEqual([
    'tls 2001:db8::2 5061 trunk.example',
    'tcp 2001:db8::2 5070',
    'udp 192.0.2.1 5070',
  ])
  expect(said(await hopsFrom(names, { ...target, isSips: true }))).toEqual(['tls 2001:db8::2 5061 trunk.example'])
})

test('sips goes by TLS and nothing else; its certificate is for the name of the URI', async () => {
  const names = namesOf({
    services: { '_sip._udp.trunk.example': [record('a.example', 1)] },
    addresses: { 'trunk.example': ['192.0.2.9'], 'a.example': ['192.0.2.1'] },
  })
  expect(said(await hopsFrom(names, { ...target, isSips: true }))).toEqual(['tls 192.0.2.9 5061 trunk.example'])
  expect(names.asked).not.toContain('_sip._udp.trunk.example')
})

test('without any records: the addresses of the name, at the usual port', async () => {
  const names = namesOf({ addresses: { 'trunk.example': ['2001:db8::1'] } })
  expect(said(await hopsFrom(names, target))).toEqual(['udp 2001:db8::1 5060'])
  expect(said(await hopsFrom(names, { ...target, transport: 'tls' }))).toEqual(['tls 2001:db8::1 5061 trunk.example'])
})

test('a service that is said not to be there is not looked for elsewhere', async () => {
  const names = namesOf({
    services: { '_sip._udp.trunk.example': [record('', 0, 0, 0)] },
    addresses: { 'trunk.example': ['192.0.2.1'] },
  })
  expect(await hopsFrom(names, target)).toEqual([])
})

test('with a port nobody is asked for services; TCP asks for those of TCP', async () => {
  const names = namesOf({ addresses: { 'trunk.example': ['192.0.2.1'] } })
  await hopsFrom(names, { ...target, port: 5090, transport: 'tcp' })
  expect(names.asked).toEqual(['trunk.example'])
  await hopsFrom(names, { ...target, transport: 'tcp' })
  expect(names.asked[1]).toBe('_sip._tcp.trunk.example')
})

test('a name that is none is an error; a name with very many addresses gives 8', async () => {
  await expect(hopsFrom(namesOf({}), target)).rejects.toThrow('ENOTFOUND')
  const many = Array.from({ length: 40 }, (_, host) => `192.0.2.${host}`)
  expect(await hopsFrom(namesOf({ addresses: { 'trunk.example': many } }), target)).toHaveLength(8)
})

test('equals share the calls by their weights', async () => {
  const names = namesOf({
    services: { '_sip._udp.trunk.example': [record('a.example', 1, 90), record('b.example', 1, 10)] },
    addresses: { 'a.example': ['192.0.2.1'], 'b.example': ['192.0.2.2'] },
  })
  let first = 0
  for (let count = 0; count < 400; count++) {
    const [hop] = await hopsFrom(names, target)
    if (hop?.address === '192.0.2.1') first++
  }
  expect(first).toBeGreaterThan(300)
  expect(first).toBeLessThan(400)
})

test('a DNS that says nothing at all is given up', async () => {
  const clock = new VirtualClock()
  const silence = (): Promise<never> => new Promise(() => undefined)
  const hops = resolver({ pointers: silence, services: silence, addresses: silence }, clock)(target)
  const failed = hops.catch((error: unknown) => isFailure(error, 'SIP_DNS_TIMEOUT') && error.details)
  await clock.advance(8_000)
  expect(await failed).toEqual({ host: 'trunk.example', timeoutMs: 8_000 })
})

test('what is known is not asked again for half a minute; what failed, for five seconds', async () => {
  const clock = new VirtualClock()
  const names = namesOf({ addresses: { 'trunk.example': ['192.0.2.1'] } })
  const resolve = resolver(knownNames(names, clock), clock)
  const asks = async (): Promise<readonly string[]> => {
    names.asked.length = 0
    await Promise.all([resolve(target), resolve(target)])
    return [...names.asked]
  }
  expect((await asks()).toSorted()).toEqual([
    '_sip._tcp.trunk.example',
    '_sip._udp.trunk.example',
    '_sips._tcp.trunk.example',
    'trunk.example',
    'trunk.example',
  ])
  expect(await asks()).toEqual([])
  await clock.advance(5_000)
  expect(await asks()).toHaveLength(4)
  await clock.advance(30_000)
  expect(await asks()).toHaveLength(5)
})
