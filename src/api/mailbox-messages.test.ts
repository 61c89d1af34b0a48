import { expect, test } from 'vitest'
import { memoryApi } from '../../test/support/memory-api.ts'
import { recordingKey } from '../files/index.ts'

const recording = '0123456789abcdef0123456789abcdef'
const url = '/v2/accounts/A1/vmboxes/box/messages'

/** A box with two messages, and a third in another box with the sound of the first. */
async function withMessages() {
  const api = await memoryApi()
  const put = (id: string, more: object) =>
    api.documents.set('A1', 'messages', { id, box: 'box', folder: 'new', timestamp: 1, length: 3_000, ...more })
  api.documents.set('A1', 'vmboxes', { id: 'box', name: 'Sales', mailbox: '100' })
  put('m1', { url: `https://pivot.example/recordings/${recording}.mp3`, caller_id_number: '2001' })
  put('m2', { timestamp: 2 })
  put('m3', { box: 'other', url: `http://old.example/recordings/${recording}.wav` })
  await api.files.put(recordingKey('A1', recording, 'wav'), Buffer.from('0123456789'), 'audio/wav')
  const folder = async (id: string) => (await api.documents.find('A1', 'messages', id))?.document['folder']
  return { ...api, folder }
}

test('messages are listed, newest first, without the address of their sound', async () => {
  const { ask } = await withMessages()
  expect((await ask(`GET ${url}`)).body).toMatchObject({ page_size: 2, data: [{ media_id: 'm2' }, { media_id: 'm1' }] })
  expect((await ask(`GET ${url}/m1`)).data).toEqual({
    id: 'm1',
    media_id: 'm1',
    source_id: 'box',
    folder: 'new',
    timestamp: 1,
    length: 3_000,
    caller_id_number: '2001',
  })
  expect((await ask(`GET ${url}/m3`)).status).toBe(404)
  expect((await ask('GET /v2/accounts/A1/vmboxes/unknown/messages')).status).toBe(404)
  expect((await ask('GET /v2/accounts/A2/vmboxes/box/messages')).status).not.toBe(200)
})

test('the sound is had whole or in part, until it has expired', async () => {
  const { ask, files } = await withMessages()
  const whole = await ask(`GET ${url}/m1/raw`)
  expect([whole.status, whole.text, whole.headers['content-type']]).toEqual([200, '0123456789', 'audio/wav'])
  expect(whole.headers['content-disposition']).toBe('attachment; filename="m1.wav"')
  expect((await ask(`GET ${url}/m1/raw`, { headers: { range: 'bytes=2-4' } })).text).toBe('234')
  expect((await ask(`GET ${url}/m2/raw`)).status).toBe(404)
  files.kept.clear()
  expect((await ask(`GET ${url}/m1/raw`)).status).toBe(404)
})

test('messages are moved, one or several, and those that are not there are told', async () => {
  const { ask, folder } = await withMessages()
  expect((await ask(`POST ${url}/m1`, { data: { folder: 'saved' } })).data).toMatchObject({ folder: 'saved' })
  expect(await folder('m1')).toBe('saved')
  expect((await ask(`POST ${url}/m1`, { data: { folder: 'lost' } })).status).toBe(400)
  const moved = await ask(`POST ${url}`, { data: { folder: 'deleted', messages: ['m1', 'm2', 'm3'] } })
  expect(moved.data).toEqual({ succeeded: ['m1', 'm2'], failed: [{ m3: 'not_found' }] })
  expect((await ask(`GET ${url}`)).data).toEqual([])
  expect((await ask(`GET ${url}?folder=deleted`)).data).toMatchObject([{ media_id: 'm2' }, { media_id: 'm1' }])
})

test('a message is put away first, then gone for good, and its sound with the last that has it', async () => {
  const { ask, folder, files } = await withMessages()
  expect((await ask(`DELETE ${url}/m1`)).data).toMatchObject({ folder: 'deleted' })
  expect(await folder('m1')).toBe('deleted')
  await ask(`DELETE ${url}/m1`)
  expect(await folder('m1')).toBeUndefined()
  expect(files.kept.size).toBe(1)
  const all = await ask(`DELETE ${url}`, { data: {} })
  expect(all.data).toEqual({ succeeded: ['m2'], failed: [] })
  expect(await folder('m2')).toBe('deleted')
})

test('a mailbox that is removed takes its messages along', async () => {
  const { ask, documents, files } = await withMessages()
  documents.set('A1', 'vmboxes', { id: 'other', name: 'Other', mailbox: '101' })
  await ask('DELETE /v2/accounts/A1/vmboxes/box')
  expect((await documents.list('A1', 'messages')).map(({ id }) => id)).toEqual(['m3'])
  expect(files.kept.size).toBe(1)
  await ask('DELETE /v2/accounts/A1/vmboxes/other')
  expect(files.kept.size).toBe(0)
})

test('messages are read by whoever may read, and changed by whoever may change', async () => {
  const { ask, token } = await withMessages()
  const reader = await token('A1', 'read')
  expect((await ask(`GET ${url}`, { token: reader })).status).toBe(200)
  expect((await ask(`DELETE ${url}/m1`, { token: reader })).status).toBe(403)
  expect((await ask(`DELETE ${url}`)).status).toBe(400)
})
