import type { AddressInfo } from 'node:net'
import type { WebSocket } from '@fastify/websocket'
import { expect, test, vi } from 'vitest'
import { memoryApi, operatorKey } from '../../test/support/memory-api.ts'
import { MemoryRecords } from '../../test/support/memory-records.ts'
import { VirtualClock } from '../base/index.ts'
import type { CallFact } from '../call/index.ts'
import { feedOf, keepAliveMs, mostWaiting, StreamLimit, type Said, type Wanted } from './event-feed.ts'

const ringing: CallFact = { type: 'leg.ringing' }
const answered: CallFact = { type: 'leg.answered' }
const all: Wanted = { accountId: 'A1', callId: undefined, types: [], afterId: undefined }

function feed(wanted: Partial<Wanted> = {}) {
  const reader = new MemoryRecords()
  const clock = new VirtualClock()
  const gone = new AbortController()
  const stopping = new AbortController()
  const options = { reader, clock, signal: gone.signal, stopping: stopping.signal }
  const said = feedOf({ ...all, ...wanted }, options)
  const next = async (): Promise<Said | undefined> => (await said.next()).value ?? undefined
  const nextId = async (): Promise<unknown> => {
    const one = await next()
    return one?.say === 'event' ? one.event.id : one
  }
  return { reader, clock, gone, stopping, next, nextId }
}

test('what was missed comes first, then what happens, and nothing twice', async () => {
  const { reader, nextId } = feed({ afterId: 1 })
  reader.tell('A1', 'one', ringing, answered, ringing)
  expect(await nextId()).toBe(2)
  reader.tell('A1', 'one', answered) // While the history is read: it is in both.
  expect([await nextId(), await nextId()]).toEqual([3, 4])
  const fifth = nextId()
  reader.tell('A1', 'one', ringing)
  expect(await fifth).toBe(5)
})

test('only what is wanted is told: of this account, this call, these types', async () => {
  const { reader, clock, nextId } = feed({ callId: 'one', types: ['leg.a*'] })
  const first = nextId()
  await clock.settle()
  reader.tell('A2', 'one', answered)
  reader.tell('A1', 'two', answered)
  reader.tell('A1', 'one', ringing, answered)
  expect(await first).toBe(4)
})

test('who hears nothing is told that the stream lives', async () => {
  const { clock, next } = feed()
  const quiet = next()
  await clock.advance(keepAliveMs)
  expect(await quiet).toEqual({ say: 'alive' })
})

test('who reads too slowly is told so, and it ends', async () => {
  const { reader, clock, next } = feed()
  const first = next()
  await clock.settle()
  reader.tell('A1', 'one', ringing)
  await first
  for (let count = 0; count <= mostWaiting; count++) reader.tell('A1', 'one', answered)
  expect([await next(), await next()]).toEqual([{ say: 'end', why: 'slow' }, undefined])
  expect(reader.listeners).toBe(0)
})

test('a server that stops says so', async () => {
  const { clock, stopping, next } = feed()
  const last = next()
  await clock.settle()
  stopping.abort()
  expect([await last, await next()]).toEqual([{ say: 'end', why: 'stopping' }, undefined])
})

test('who is gone leaves nothing behind', async () => {
  const { reader, clock, gone, next } = feed()
  const last = next()
  await clock.settle()
  expect(reader.listeners).toBe(1)
  gone.abort(new Error('gone'))
  expect(await last).toBeUndefined()
  expect(reader.listeners).toBe(0)
})

test('an account has so many streams, and another when one ends', () => {
  const limit = new StreamLimit(1)
  const first = new AbortController()
  limit.take('A1', first.signal)
  limit.take('A2', new AbortController().signal)
  expect(() => limit.take('A1', new AbortController().signal)).toThrow(
    expect.objectContaining({ code: 'API_TOO_MANY' }),
  )
  first.abort()
  limit.take('A1', new AbortController().signal)
})

async function served() {
  const records = new MemoryRecords()
  const stopping = new AbortController()
  const api = await memoryApi({ reader: records, stopping: stopping.signal })
  await api.server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.server.server.address() as AddressInfo
  return { ...api, records, stopping, at: `127.0.0.1:${port}/v2/accounts/A1/events` }
}

test('a page of what happened, from where the last one ended', async () => {
  const records = new MemoryRecords()
  const { ask } = await memoryApi({ reader: records })
  records.tell('A1', 'one', ringing, answered, ringing)
  const headers = { accept: 'application/json' }
  const page = await ask('GET /v2/accounts/A1/events?page_size=2&types=leg.answered', { headers })
  expect(page.data).toMatchObject([{ id: 2, at: 1002, event: { type: 'leg.answered', callId: 'one' } }])
  expect(page.body).toMatchObject({ page_size: 1, next_start_key: '2' })
  const rest = await ask('GET /v2/accounts/A1/events?start_key=2', { headers })
  expect(rest.data).toMatchObject([{ id: 3 }])
  expect(rest.body).not.toHaveProperty('next_start_key')
})

test('server-sent events go on after Last-Event-ID, and end with the server', async () => {
  const { at, records, stopping, server } = await served()
  records.tell('A1', 'one', ringing, answered)
  const headers = { 'x-auth-token': operatorKey, accept: 'text/event-stream', 'last-event-id': '1' }
  const answer = await fetch(`http://${at}`, { headers })
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  stopping.abort()
  const text = await answer.text()
  expect(text).toMatch(/^retry: 2000\n\nid: 2\ndata: \{"id":2,"at":1002,"event":\{"type":"leg.answered",.*\}\}\n\n/)
  expect(text).toMatch(/event: end\ndata: \{"why":"stopping",.*\}\n\n$/)
  await server.close()
})

test('a WebSocket tells the same, to those with a token', async () => {
  const records = new MemoryRecords()
  const stopping = new AbortController()
  const { server } = await memoryApi({ reader: records, stopping: stopping.signal })
  await server.ready()
  records.tell('A1', 'one', ringing, answered)
  const path = '/v2/accounts/A1/events'
  await expect(server.injectWS(`${path}?auth_token=wrong`)).rejects.toThrow('401')

  const heard: string[] = []
  let code: number | undefined
  const listen = { onInit: (socket: WebSocket) => socket.on('message', (data: Buffer) => heard.push(data.toString())) }
  const query = `auth_token=${encodeURIComponent(operatorKey)}&last_event_id=1`
  const socket = await server.injectWS(`${path}?${query}`, {}, listen)
  socket.on('close', (closed) => (code = closed))
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  expect(JSON.parse(heard[0] ?? '')).toMatchObject({ id: 2, event: { type: 'leg.answered' } })
  stopping.abort()
  await vi.waitFor(() => expect(code).toBe(1001))
})
