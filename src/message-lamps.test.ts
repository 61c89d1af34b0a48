import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from './base/index.ts'
import { MemoryDocuments } from './documents/index.ts'
import { MessageLamps } from './message-lamps.ts'

/** Ann with a box, a phone of her own, and one in the lab that she is logged in at. */
async function scene() {
  const clock = new VirtualClock()
  const documents = new MemoryDocuments()
  documents.put('A1', 'accounts', { id: 'A1', realm: 'a1.example' })
  documents.put('A1', 'vmboxes', { id: 'box', mailbox: '100', owner_id: 'ann' })
  documents.put('A1', 'vmboxes', { id: 'nobodys', mailbox: '101' })
  documents.put('A1', 'devices', { id: 'd1', owner_id: 'ann', sip: { username: 'anns' } })
  documents.put('A1', 'devices', {
    id: 'd2',
    hotdesk: { users: { ann: {} } },
    sip: { username: 'lab', realm: 'lab.example' },
  })
  documents.put('A1', 'devices', { id: 'd3', owner_id: 'bob', sip: { username: 'bobs' } })
  const told: string[] = []
  const lamps = new MessageLamps({
    documents,
    clock,
    log: silentLog,
    driver: {
      tellMessages: async ({ username, realm }, { newMessages, savedMessages }) =>
        void told.push(`${username}@${realm} ${newMessages} ${savedMessages}`),
    },
  })
  const put = (id: string, folder: string, box = 'box'): void =>
    documents.put('A1', 'messages', { id, box, folder, timestamp: 1, length: 1 })
  const news = async () => {
    await clock.advance(200)
    return told.splice(0)
  }
  await lamps.begin()
  return { put, news, lamps, documents }
}

test('the phones of whoever owns a box are told what waits there, at the start and when it changes', async () => {
  const { put, news } = await scene()
  expect(await news()).toEqual(['anns@a1.example 0 0', 'lab@lab.example 0 0'])
  put('m1', 'new')
  put('m2', 'new')
  expect(await news()).toEqual(['anns@a1.example 2 0', 'lab@lab.example 2 0'])
  put('m1', 'saved')
  put('m2', 'deleted')
  expect(await news()).toEqual(['anns@a1.example 0 1', 'lab@lab.example 0 1'])
})

test('nobody is told what they know, or what is in boxes of nobody', async () => {
  const { put, news } = await scene()
  await news()
  put('m3', 'new', 'nobodys')
  put('m4', 'deleted')
  expect(await news()).toEqual([])
})

test('a phone that comes to somebody is told, and after the end nobody is', async () => {
  const { put, news, lamps, documents } = await scene()
  await news()
  documents.put('A1', 'devices', { id: 'd4', owner_id: 'ann', sip: { username: 'new' } })
  expect(await news()).toEqual(['new@a1.example 0 0'])
  await lamps.close()
  put('m1', 'new')
  expect(await news()).toEqual([])
})
