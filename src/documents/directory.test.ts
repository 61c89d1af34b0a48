import { expect, test } from 'vitest'
import { defaultAccountOf, DocumentDirectory, MemoryDocuments } from './index.ts'

function open(defaultId?: string) {
  const documents = new MemoryDocuments()
  const directory = new DocumentDirectory(defaultId === undefined ? undefined : { id: defaultId }, documents)
  documents.onChange((change) => directory.onChange(change))
  const account = (id: string, more: object = {}): void =>
    documents.put(id, 'accounts', { id, realm: `${id}.example`, ...more })
  const idOf = async (realm: string): Promise<string | undefined> => (await directory.subscriber(realm))?.account.id
  return { documents, directory, account, idOf }
}

test('an account is read with what it leaves out', async () => {
  const { account } = new DocumentDirectory({ id: 'A1', realm: 'a1.example', language: 'de-CH' }, new MemoryDocuments())
  expect(account).toEqual({ id: 'A1', realm: 'a1.example', language: 'de-ch', timezone: 'UTC', country: 'US' })
})

test('a call belongs to the account of its realm, however it is written, from the moment there is one', async () => {
  const { account, idOf, directory } = open()
  account('acme', { realm: 'Voice.Acme.example', country: 'ch' })
  account('bolt')
  expect(await idOf('voice.ACME.example')).toBe('acme')
  expect(await idOf('bolt.example')).toBe('bolt')
  expect(await idOf('192.0.2.1')).toBeUndefined()
  expect(await directory.countryOf('acme')).toBe('CH')
  account('bolt', { realm: 'b.example', preflow: { always: 'c1' } })
  expect(await idOf('bolt.example')).toBeUndefined()
  expect(await directory.subscriber('b.example')).toMatchObject({ preflowId: 'c1' })
})

test('a call to a realm of nobody belongs to the default account, not one to an account that is switched off', async () => {
  const { account, idOf } = open('acme')
  expect(await idOf('192.0.2.1')).toBe('acme')
  account('acme')
  account('bolt', { enabled: false })
  expect(await idOf('192.0.2.1')).toBe('acme')
  expect(await idOf('bolt.example')).toBeUndefined()
  account('acme', { enabled: false })
  expect(await idOf('192.0.2.1')).toBeUndefined()
})

test('the default account is the one that is set, else the one that was loaded, else the only one', async () => {
  const { documents, account } = open()
  const idOf = async (id?: string, loaded?: string) =>
    (await defaultAccountOf(documents, { id, loaded: loaded === undefined ? undefined : { id: loaded } }))?.id
  expect(await idOf()).toBeUndefined()
  account('acme')
  expect(await idOf()).toBe('acme')
  account('bolt')
  expect(await idOf()).toBeUndefined()
  expect(await idOf(undefined, 'acme')).toBe('acme')
  expect(await idOf('bolt', 'acme')).toBe('bolt')
  await expect(idOf('nobody')).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { at: 'default_account' } })
})

test('a device is known by its user name in its account, unless it is switched off', async () => {
  const { documents, directory } = open('A1')
  const device = { id: 'd1', owner_id: 'u1', language: 'de-DE', sip: { username: 'Ann' } }
  documents.put('A1', 'devices', device)
  expect(await directory.endpoint('A1', 'ann')).toEqual({
    caller: { authorizingId: 'd1', authorizingType: 'device', ownerIds: ['u1'] },
    language: 'de-DE',
  })
  expect(await directory.endpoint('A2', 'ann')).toBeUndefined()
  documents.put('A1', 'devices', { ...device, enabled: false })
  expect(await directory.endpoint('A1', 'ann')).toBeUndefined()
})

test('what is heard while somebody holds is what the user says, else the device, else the account', async () => {
  const { documents, directory, account } = open('A1')
  const device = { id: 'd1', owner_id: 'u1', sip: { username: 'Ann' } }
  const music = (id: string) => ({ music_on_hold: { media_id: id } })
  const heard = async () => (await directory.endpoint('A1', 'ann'))?.caller.holdMusic
  account('A1', music('of-account'))
  documents.put('A1', 'devices', device)
  expect((await directory.subscriber('A1.example'))?.account.holdMusic).toBe('of-account')
  expect(await heard()).toBeUndefined()
  documents.put('A1', 'devices', { ...device, ...music('of-device') })
  expect(await heard()).toBe('of-device')
  documents.put('A1', 'users', { id: 'u1', ...music('of-user') })
  expect(await heard()).toBe('of-user')
})

test('a phone belongs to whoever is logged in at it, else to its owner', async () => {
  const { documents, directory } = open('A1')
  const device = { id: 'd1', owner_id: 'u1', sip: { username: 'Ann' } }
  documents.put('A1', 'devices', { ...device, hotdesk: { users: { u2: {} } } })
  expect((await directory.endpoint('A1', 'ann'))?.caller.ownerIds).toEqual(['u2'])
  documents.put('A1', 'devices', { ...device, hotdesk: { users: {} } })
  expect((await directory.endpoint('A1', 'ann'))?.caller.ownerIds).toEqual(['u1'])
})
