import { expect, test } from 'vitest'
import { jsonLog, VirtualClock } from '../base/index.ts'
import { MemoryDocuments } from '../documents/index.ts'
import { TrunkBook, TrunkCalls } from './index.ts'

const master = { id: 'master', realm: 'master.example' }

/** Accounts A1 (Swiss) and A2 with numbers, and an operator with a trunk at 192.0.2.0/28 and carrier.example. */
async function scene() {
  const clock = new VirtualClock()
  const documents = new MemoryDocuments()
  documents.put('master', 'accounts', master)
  documents.put('A1', 'accounts', { id: 'A1', realm: 'a1.example', country: 'CH' })
  documents.put('A2', 'accounts', { id: 'A2', realm: 'a2.example' })
  documents.put('off', 'accounts', { id: 'off', realm: 'off.example', enabled: false })
  const flow = { module: 'hangup' }
  documents.put('master', 'callflows', { id: 'f0', numbers: ['+15551230000'], flow })
  documents.put('A1', 'callflows', { id: 'f1', numbers: ['+41445550001', '2030'], flow })
  documents.put('A2', 'callflows', { id: 'f2', numbers: ['5551230002', '+41445550001', '+15551230000'], flow })
  documents.put('master', 'resources', {
    id: 'global',
    gateways: [{ server: 'carrier.example', inbound_addresses: ['192.0.2.0/28', 'nonsense'] }],
  })
  const addresses = new Map([['carrier.example', ['198.51.100.7']]])
  const lines: string[] = []
  const log = jsonLog({ level: 'debug', pii: true, write: (line) => lines.push(line) })
  const book = new TrunkBook({
    documents,
    operatorId: 'master',
    async addressesOf({ server }) {
      const found = addresses.get(server)
      if (found === undefined) throw new Error('there is no such name')
      return found
    },
    clock,
    log,
  })
  await book.begin()
  const calls = new TrunkCalls({
    documents,
    defaultAccount: master,
    operatorId: 'master',
    byContact: (user) => (user === 'gw1' ? { accountId: 'A1', resourceId: 'own' } : undefined),
    at: (address) => book.at(address),
  })
  const find = async (
    user: string,
    { source = '192.0.2.5:5060', realm = '203.0.113.1', registeredContact = '' } = {},
  ) => {
    const contact = registeredContact === '' ? {} : { registeredContact }
    const found = await calls.find({ source, request: { user, realm }, ...contact })
    return found && `${found.subscriber.account.id} ${found.number} ${found.caller.authorizingId ?? ''}`
  }
  const own = (accountId: string, inbound: readonly string[]): void =>
    documents.put(accountId, 'resources', { id: 'own', gateways: [{ server: '10.1.1.1', inbound_addresses: inbound }] })
  return { book, find, clock, addresses, own, lines, documents }
}

test('a call over the operator’s trunk is of the account that has the number, however it is written', async () => {
  const { find } = await scene()
  expect(await find('+15551230002')).toBe('A2 +15551230002 global')
  expect(await find('15551230002')).toBe('A2 +15551230002 global')
  expect(await find('5551230002')).toBe('A2 +15551230002 global')
  expect(await find('41445550001', { source: '198.51.100.7:6000' })).toBe('A1 +41445550001 global')
})

test('a number of several accounts is the operator’s, then the first account’s; one of nobody goes to the operator', async () => {
  const { find } = await scene()
  expect(await find('+15551230000')).toBe('master +15551230000 global')
  expect(await find('+41445550001')).toBe('A1 +41445550001 global')
  expect(await find('+15559999999')).toBe('master +15559999999 global')
})

test('a call that names the realm of an account is that account’s', async () => {
  const { find } = await scene()
  expect(await find('2030', { realm: 'A1.example' })).toBe('A1 2030 global')
  expect(await find('+15551230000', { realm: 'a2.example' })).toBe('A2 +15551230000 global')
  expect(await find('+41791234567', { realm: 'a1.example' })).toBe('A1 +41791234567 global')
})

test('calls from elsewhere come by no trunk', async () => {
  const { find } = await scene()
  expect(await find('+15551230002', { source: '192.0.2.16:5060' })).toBeUndefined()
  expect(await find('+15551230002', { source: '[2001:db8::1]:5060' })).toBeUndefined()
  expect(await find('+15551230002', { source: '' })).toBeUndefined()
})

test('an account’s own trunk brings calls to it alone, and takes nobody’s numbers', async () => {
  const { find, own, clock } = await scene()
  own('A2', ['203.0.113.0/24'])
  await clock.settle()
  const source = '203.0.113.9:5060'
  expect(await find('+15551230002', { source })).toBe('A2 +15551230002 own')
  expect(await find('+15558887777', { source })).toBe('A2 +15558887777 own')
  // The operator has this one, and A2 has only written it down.
  expect(await find('+15551230000', { source })).toBeUndefined()
  expect(await find('2030', { source, realm: 'a1.example' })).toBeUndefined()
  own('A1', ['203.0.113.9'])
  await clock.settle()
  expect(await find('+15551230002', { source })).toBe('A2 +15551230002 own')
  expect(await find('+41445550001', { source })).toBe('A1 +41445550001 own')
  expect(await find('+15558887777', { source })).toBeUndefined()
})

test('nobody but the operator claims a whole network', async () => {
  const { book, own, clock, lines } = await scene()
  own('A2', ['0.0.0.0/0', '2001:db8::/32', '203.0.113.5'])
  await clock.settle()
  expect(book.at('8.8.8.8')).toEqual([])
  expect(book.at('2001:db8::1')).toEqual([])
  expect(book.at('203.0.113.5')).toEqual([{ accountId: 'A2', resourceId: 'own' }])
  expect(book.at('::ffff:203.0.113.5')).toHaveLength(1)
  expect(lines.filter((line) => line.includes('so many addresses'))).toHaveLength(2)
})

test('a contact that we have registered says which trunk it is, wherever the call comes from', async () => {
  const { find } = await scene()
  const from = { source: '8.8.8.8:5060', registeredContact: 'gw1' }
  expect(await find('0445550001', from)).toBe('A1 +41445550001 own')
  expect(await find('+15551230002', from)).toBe('A1 +15551230002 own')
  expect(await find('2030', { ...from, registeredContact: 'gw2' })).toBeUndefined()
})

test('names are looked up again; one that cannot be found keeps its addresses', async () => {
  const { book, clock, addresses } = await scene()
  addresses.delete('carrier.example')
  await clock.advance(300_000)
  expect(book.at('198.51.100.7')).toHaveLength(1)
  addresses.set('carrier.example', ['198.51.100.8'])
  await clock.advance(300_000)
  expect([book.at('198.51.100.7').length, book.at('198.51.100.8').length]).toEqual([0, 1])
  await book.close()
  addresses.set('carrier.example', ['198.51.100.9'])
  await clock.advance(300_000)
  expect(book.at('198.51.100.9')).toEqual([])
})

test('trunks that are switched off have no addresses, and callflows that change count', async () => {
  const { book, find, clock, documents } = await scene()
  documents.put('A2', 'callflows', { id: 'f2', numbers: [], flow: { module: 'hangup' } })
  expect(await find('+15551230002')).toBe('master +15551230002 global')
  documents.put('master', 'resources', { id: 'global', enabled: false, gateways: [{ server: '192.0.2.5' }] })
  await clock.settle()
  expect(book.at('192.0.2.5')).toEqual([])
})
