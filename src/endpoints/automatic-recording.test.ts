import { expect, test } from 'vitest'
import { VirtualClock, type Log } from '../base/index.ts'
import { Call, type Caller, type KeepOptions } from '../call/index.ts'
import type { Collection, Document, Documents } from '../callflow/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { openAutomaticRecording } from './index.ts'

const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }
const fromDesk: Caller = { authorizingId: 'desk', authorizingType: 'device', ownerIds: [] }
const fromTrunk: Caller = { authorizingId: 'carrier', authorizingType: 'resource', ownerIds: [] }

type Given = Partial<Record<Collection, readonly Document[]>>

/** A call of `caller` that goes on for `ms`, and what is kept of it. */
async function recorded(given: Given | Error, { caller, ms }: { readonly caller: Caller; readonly ms: number }) {
  const clock = new VirtualClock()
  const kept: (KeepOptions & { readonly durationMs: number })[] = []
  const errors: string[] = []
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (event) => void errors.push(event),
    child: () => log,
  }
  const documents: Documents = {
    get: async (_, collection, id) => {
      if (given instanceof Error) throw given
      return given[collection]?.find((document) => document.id === id)
    },
    list: async () => [],
    save: async () => undefined,
  }
  const { leg } = simulatedLeg({
    clock,
    from: { user: 'desk', realm: 'a1.example' },
    to: { user: '100', realm: 'a1.example' },
  })
  const call = new Call({ leg, account, caller, number: '100', clock, log, observers: [] })
  const automatic = openAutomaticRecording({
    documents,
    recordings: {
      keep: async ({ durationMs }, options) => {
        kept.push({ ...options, durationMs })
        return { url: '' }
      },
      discard: async () => undefined,
    },
  })
  await automatic.ofCaller(call, 'onnet')
  await leg.answer()
  await clock.advance(ms)
  await leg.hangup('NORMAL_CLEARING')
  await call.finished()
  return { kept, errors, call }
}

const desk = (settings: object): Document => ({ id: 'desk', call_recording: { any: { any: settings } } })

test('a recording has the format, the limit and the address that the document says', async () => {
  const device = desk({ enabled: 'true', format: 'wav', time_limit: '6', url: 'https://rec.example/in' })
  const { kept, call } = await recorded({ devices: [device] }, { caller: fromDesk, ms: 20_000 })
  expect(kept).toMatchObject([
    {
      durationMs: 6_000,
      format: 'wav',
      upload: { url: 'https://rec.example/in', method: 'PUT', fileName: `call_recording_${call.id}.wav` },
    },
  ])
})

test('what makes no sense there counts as left out, and limits have limits', async () => {
  const device = desk({ enabled: true, format: 'ogg', time_limit: 1, record_min_sec: -3, url: 'ftp://rec.example' })
  const { kept } = await recorded({ devices: [device] }, { caller: fromDesk, ms: 20_000 })
  expect(kept).toMatchObject([{ durationMs: 5_000, format: 'mp3' }])
  expect(kept[0]).not.toHaveProperty('upload')
})

test('what is shorter than the document wants is not kept', async () => {
  const device = desk({ enabled: true, record_min_sec: 21 })
  const { kept } = await recorded({ devices: [device] }, { caller: fromDesk, ms: 20_000 })
  expect(kept).toEqual([])
})

test('two recordings of one call have two names', async () => {
  const settings = { enabled: true, format: 'wav', url: 'https://rec.example/in' }
  const all = { id: 'A1', call_recording: { account: { inbound: { onnet: settings } } } }
  const given = { devices: [desk(settings)], accounts: [all] }
  const { kept, call } = await recorded(given, { caller: fromDesk, ms: 9_000 })
  const names = kept.map(({ upload }) => upload?.fileName).sort()
  expect(names).toEqual([`call_recording_${call.id}.wav`, `call_recording_${call.id}_2.wav`])
})

test('a call by a trunk comes from outside', async () => {
  const offnet = { id: 'A1', call_recording: { account: { inbound: { offnet: { enabled: true } } } } }
  const onnet = { id: 'A1', call_recording: { account: { inbound: { onnet: { enabled: true } } } } }
  expect((await recorded({ accounts: [offnet] }, { caller: fromTrunk, ms: 9_000 })).kept).toHaveLength(1)
  expect((await recorded({ accounts: [onnet] }, { caller: fromTrunk, ms: 9_000 })).kept).toHaveLength(0)
})

test('a call whose documents cannot be read goes on without, and the log says so', async () => {
  const { kept, errors, call } = await recorded(new Error('no disk'), { caller: fromDesk, ms: 9_000 })
  expect(kept).toEqual([])
  expect(errors).toEqual(['endpoints.recording-unknown'])
  expect(call.answeredAt).toBeDefined()
})
