import type { Document } from '../../src/callflow/index.ts'
import type { CallEvent } from '../../src/call/index.ts'
import { silentLog, VirtualClock } from '../../src/base/index.ts'
import { MemoryDocuments } from '../../src/documents/index.ts'
import { durations, newSimulator, type FarEnd } from '../../src/drivers/simulator/index.ts'
import { sceneHouse } from '../../src/house.ts'
import { keepNothing } from '../../src/transcript/index.ts'
import { memoryApi, startMs } from './memory-api.ts'

export interface HouseApiOptions {
  /** By number. */
  readonly flows: Readonly<Record<string, Document['flow']>>
  readonly conferences?: readonly Document[]
  /** What the web server answers to whoever asks it, as TwiML. */
  readonly twiml?: string
}

/** The API of a house that takes calls of a simulated network, in virtual time. */
export async function houseApi({ flows, conferences = [], twiml = '' }: HouseApiOptions) {
  const clock = new VirtualClock(startMs)
  const documents = new MemoryDocuments()
  const events: CallEvent[] = []
  for (const [number, flow] of Object.entries(flows)) {
    documents.put('A1', 'callflows', { id: `flow-${number}`, numbers: [number], flow })
  }
  for (const conference of conferences) documents.put('A1', 'conferences', conference)
  const durationOf = durations(new Map())
  const simulator = newSimulator({ clock, durationOf })
  const house = sceneHouse({
    clock,
    log: silentLog,
    http: async ({ url }) => ({
      url,
      status: 200,
      headers: { 'content-type': 'text/xml' },
      cookies: [],
      body: Buffer.from(twiml),
      timing: { dnsMs: 0, connectMs: 0, tlsMs: 0, waitMs: 0, readMs: 0, totalMs: 0 },
    }),
    account: { id: 'A1', name: 'One', realm: 'one.example' },
    documents,
    recordings: keepNothing(clock, () => undefined),
    calling: simulator,
    observers: [(event) => events.push(event)],
  })
  await simulator.listen((leg) => house.onCall(leg), new AbortController().signal)
  const api = await memoryApi({ calls: house.exchange, conferences: house.conferences, queues: house.queues, clock })
  for (const conference of conferences) api.documents.set('A1', 'conferences', conference)

  /** Somebody calls `number`, and their call is named after them. */
  const calls = async (name: string, number: string): Promise<FarEnd> => {
    const party = (user: string) => ({ user, realm: 'one.example' })
    const { farEnd } = simulator.call({ callId: name, from: party(name), to: party(number), durationOf })
    farEnd.speaks(true)
    await clock.settle()
    return farEnd
  }
  const storyOf = (callId: string): CallEvent[] => events.filter((event) => event.callId === callId)
  const isHungUpOn = (callId: string): boolean =>
    storyOf(callId).some((event) => event.type === 'leg.ended' && event.by === 'server')
  return { ...api, clock, house, calls, storyOf, isHungUpOn }
}
