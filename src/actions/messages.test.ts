import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Call, type CallEvent, type Recording } from '../call/index.ts'
import { MemoryDocuments } from '../documents/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { readMailbox } from './mailbox.ts'
import { leaveMessage, messagesOf } from './messages.ts'

const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }
const recording: Recording = {
  id: 'r1',
  path: undefined,
  durationMs: 3_000,
  endedBy: 'key',
  key: '#',
  hadSpeech: true,
}

/** A caller at a mailbox whose owner is told, or nobody is. */
function scene(box: object, isTold: boolean) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 15))
  const documents = new MemoryDocuments()
  documents.put('A1', 'users', { id: 'ann', email: 'ann@a1.example' })
  const { leg } = simulatedLeg({
    clock,
    from: { user: '2001', realm: 'a1.example', name: 'Bob' },
    to: { user: '100', realm: 'a1.example' },
  })
  const events: CallEvent[] = []
  const observers = [(event: CallEvent) => events.push(event)]
  const call = new Call({ leg, account, number: '100', clock, log: silentLog, observers })
  const kept: unknown[] = []
  const discarded: string[] = []
  const ports = {
    documents,
    notices: { tell: async () => isTold },
    recordings: {
      keep: async (_: Recording, options: object) => {
        kept.push(options)
        return { url: 'https://pivot.example/recordings/1.mp3' }
      },
      discard: async ({ id }: Recording) => void discarded.push(id),
    },
  }
  const context = { call, clock, signal: leg.ended, log: silentLog }
  const mailbox = readMailbox({ id: 'box', mailbox: '100', name: 'Ann', owner_id: 'ann', ...box })
  const leave = (one: Partial<Recording> = {}) => leaveMessage({ ...recording, ...one }, mailbox, context, ports)
  const left = async () => (await documents.list('A1', 'messages')).map(({ folder, length }) => ({ folder, length }))
  return { call, clock, documents, context, mailbox, leave, left, kept, discarded, events }
}

test('a message is kept with who left it, in no list of recordings, and its owner is told', async () => {
  const { leave, documents, kept, events, call } = scene({}, true)
  expect(await leave()).toBe(true)
  const [message] = await documents.list('A1', 'messages')
  expect(message).toMatchObject({
    id: expect.stringMatching(/^202601-[0-9a-f]{32}$/) as string,
    box: 'box',
    folder: 'new',
    timestamp: 63_935_654_400,
    length: 3_000,
    caller_id_name: 'Bob',
    caller_id_number: '2001',
    call_id: call.id,
    url: 'https://pivot.example/recordings/1.mp3',
  })
  expect(kept).toEqual([expect.objectContaining({ format: 'mp3', isUnlisted: true, callId: call.id })])
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'notice.told', notice: 'voicemail_new', to: ['ann@a1.example'] }),
  )
  expect(call.variables.hasLeftMessage).toBe(true)
})

test('less than half a second is no message', async () => {
  const { leave, left, discarded, call } = scene({}, true)
  expect(await leave({ durationMs: 499 })).toBe(false)
  expect([await left(), discarded, call.variables.hasLeftMessage]).toEqual([[], ['r1'], false])
})

test.each([
  [{ delete_after_notify: true }, true, 'deleted'],
  [{ delete_after_notify: true, save_after_notify: true }, true, 'saved'],
  [{ delete_after_notify: true }, false, 'new'],
  [{ delete_after_notify: true, owner_id: 'nobody' }, true, 'new'],
  [{}, true, 'new'],
])('%j, somebody told: %s, leaves it %s', async (box, isTold, folder) => {
  const { leave, left } = scene(box, isTold)
  await leave()
  expect(await left()).toEqual([{ folder, length: 3_000 }])
})

test('the newest come first, or the oldest; those of other boxes and deleted ones not at all', async () => {
  const { documents, context, mailbox } = scene({}, true)
  const put = (id: string, timestamp: number, more: object = {}): void =>
    documents.put('A1', 'messages', { id, box: 'box', folder: 'new', timestamp, ...more })
  put('old', 1)
  put('new', 3)
  put('heard', 2, { folder: 'saved' })
  put('gone', 2, { folder: 'deleted' })
  put('other', 2, { box: 'another' })
  const ids = async (oldestFirst: boolean) =>
    (await messagesOf({ ...mailbox, oldestFirst }, context, documents)).map(({ id }) => id)
  expect(await ids(false)).toEqual(['new', 'heard', 'old'])
  expect(await ids(true)).toEqual(['old', 'heard', 'new'])
})
