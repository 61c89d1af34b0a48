import { expect, test } from 'vitest'
import { resolver, type NameServer, type ServiceRecord } from './resolve.ts'

const record = (name: string, priority: number, weight = 1, port = 5070): ServiceRecord => ({
  name,
  port,
  priority,
  weight,
})

function namesOf(
  services: Readonly<Record<string, readonly ServiceRecord[]>>,
  addresses: Readonly<Record<string, readonly string[]>>,
): NameServer & { readonly asked: string[] } {
  const asked: string[] = []
  const find = <T>(all: Readonly<Record<string, T>>, name: string): Promise<T> => {
    asked.push(name)
    const found = all[name]
    return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found)
  }
  return { asked, services: (name) => find(services, name), addresses: (name) => find(addresses, name) }
}

const target = { host: 'trunk.example', port: undefined, transport: undefined }

test('service records come first, by priority; one that has no address is left out', async () => {
  const names = namesOf(
    { '_sip._udp.trunk.example': [record('b.example', 20), record('gone.example', 10), record('a.example', 10)] },
    { 'a.example': ['192.0.2.1', '192.0.2.2'], 'b.example': ['192.0.2.3'] },
  )
  const hops = await resolver(names)(target)
  expect(hops).toEqual(
    ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({ transport: 'udp', address, port: 5070 })),
  )
})

test('without them: the addresses of the name, at the usual port', async () => {
  const names = namesOf({}, { 'trunk.example': ['2001:db8::1'] })
  expect(await resolver(names)(target)).toEqual([{ transport: 'udp', address: '2001:db8::1', port: 5060 }])
})

test('with a port nobody is asked for services; TCP asks for those of TCP', async () => {
  const names = namesOf({}, { 'trunk.example': ['192.0.2.1'] })
  await resolver(names)({ ...target, port: 5090, transport: 'tcp' })
  expect(names.asked).toEqual(['trunk.example'])
  await resolver(names)({ ...target, transport: 'tcp' })
  expect(names.asked[1]).toBe('_sip._tcp.trunk.example')
})

test('a name that is none is an error; a name with very many addresses gives 8', async () => {
  await expect(resolver(namesOf({}, {}))(target)).rejects.toThrow('ENOTFOUND')
  const many = Array.from({ length: 40 }, (_, host) => `192.0.2.${host}`)
  expect(await resolver(namesOf({}, { 'trunk.example': many }))(target)).toHaveLength(8)
})

test('equals share the calls by their weights', async () => {
  const names = namesOf(
    { '_sip._udp.trunk.example': [record('a.example', 1, 90), record('b.example', 1, 10)] },
    { 'a.example': ['192.0.2.1'], 'b.example': ['192.0.2.2'] },
  )
  let first = 0
  for (let count = 0; count < 400; count++) {
    const [hop] = await resolver(names)(target)
    if (hop?.address === '192.0.2.1') first++
  }
  expect(first).toBeGreaterThan(300)
  expect(first).toBeLessThan(400)
})
