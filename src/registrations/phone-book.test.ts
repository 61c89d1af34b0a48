import { expect, test } from 'vitest'
import { MemoryDocuments } from '../documents/index.ts'
import { DocumentPhones } from './index.ts'

const account = { id: 'A1', realm: 'Acme.example' }

function scene() {
  const documents = new MemoryDocuments()
  documents.put('A1', 'accounts', account)
  documents.put('A2', 'accounts', { id: 'A2', realm: 'other.example' })
  documents.put('A1', 'devices', {
    id: 'd1',
    sip: { username: 'Desk', password: 'correct horse', expire_seconds: '120' },
  })
  documents.put('A1', 'devices', { id: 'd2', enabled: false, sip: { username: 'off', password: 'secret' } })
  documents.put('A1', 'devices', { id: 'd3', sip: { username: 'mute' } })
  documents.put('A1', 'devices', { id: 'd4', sip: { method: 'ip', ip: '192.0.2.77', password: 'unused' } })
  return { documents, phones: new DocumentPhones(account, documents) }
}

test('a device is a phone in the realm of its account, and under the address of the server', async () => {
  const { phones } = scene()
  const phone = {
    accountId: 'A1',
    deviceId: 'd1',
    realm: 'Acme.example',
    username: 'desk',
    password: 'correct horse',
    expirySeconds: 120,
  }
  expect(await phones.find({ host: 'ACME.example', username: 'DESK' })).toEqual({
    realm: 'Acme.example',
    isOfOurs: true,
    phone,
  })
  expect(await phones.find({ host: '203.0.113.5', username: 'desk' })).toEqual({
    realm: 'Acme.example',
    isOfOurs: false,
    phone,
  })
})

test('devices that are switched off, have no password or are of somebody else are nobody', async () => {
  const { phones } = scene()
  for (const username of ['off', 'mute', 'd4', 'nobody', ''])
    expect((await phones.find({ host: 'acme.example', username })).phone, username).toBeUndefined()
  // A realm without phones: whoever claims to be of it is as good as from anywhere else.
  expect(await phones.find({ host: 'other.example', username: 'desk' })).toEqual({
    realm: 'other.example',
    isOfOurs: false,
    phone: undefined,
  })
})

test('a device may be known by its address', async () => {
  const { phones } = scene()
  expect(await phones.atAddress('acme.example', '192.0.2.77')).toMatchObject({ deviceId: 'd4', username: 'd4' })
  expect(await phones.atAddress('acme.example', '192.0.2.78')).toBeUndefined()
  expect(await phones.atAddress('other.example', '192.0.2.77')).toBeUndefined()
})

test('a house without accounts asks in the realm that was named, and believes nobody', async () => {
  const phones = new DocumentPhones(undefined, new MemoryDocuments())
  const nobody = { realm: 'acme.example', isOfOurs: false, phone: undefined }
  expect(await phones.find({ host: 'acme.example', username: 'desk' })).toEqual(nobody)
  expect(await phones.atAddress('acme.example', '192.0.2.77')).toBeUndefined()
})

test('a new password counts at once', async () => {
  const { documents, phones } = scene()
  await phones.find({ host: 'acme.example', username: 'desk' })
  documents.put('A1', 'devices', { id: 'd1', sip: { username: 'desk', password: 'another one' } })
  expect((await phones.find({ host: 'acme.example', username: 'desk' })).phone?.password).toBe('another one')
})
