import { VirtualClock } from '../../src/base/index.ts'
import type { CallEvent, Party } from '../../src/call/index.ts'
import type { Collection, Document } from '../../src/callflow/index.ts'
import { MemoryDocuments } from '../../src/documents/index.ts'
import { newSimulator, type FarEnd, type SimulatorOptions } from '../../src/drivers/simulator/index.ts'
import { sceneHouse } from '../../src/house.ts'
import type { Http } from '../../src/http/index.ts'
import { keepNothing } from '../../src/transcript/recordings.ts'
import { sequence } from './sip-wire.ts'

const account = { id: 'A1', name: 'Soak', realm: 'a1.example' }

const party = (user: string): Party => ({ user, realm: account.realm })

export interface SoakOptions {
  /** Of what happens by chance. */
  readonly seed: number
  /** By collection. */
  readonly documents: Readonly<Partial<Record<Collection, readonly Document[]>>>
  /** What the web server answers, by path; with 500 when there is nothing. */
  readonly pages: Readonly<Record<string, string>>
  /** Whether that may be told of a call that has ended. */
  readonly mayFollow: (type: CallEvent['type']) => boolean
  readonly onDial?: SimulatorOptions['onDial']
}

/** What has gone wrong, or is still there, when all calls are over. */
export const nothing = { troubles: [], late: [], unended: [], calls: 0, others: [], waiting: 0 }

/** A house in which many calls pass in virtual time, and which notices what they leave behind. */
export async function soakHouse({ seed, documents, pages, mayFollow, onDial }: SoakOptions) {
  const clock = new VirtualClock()
  const random = sequence(seed)
  const troubles: string[] = []
  const onWarning = ({ message }: Error): unknown => troubles.push(message)
  process.on('warning', onWarning)
  const log = {
    error: (event: string, fields?: object) => void troubles.push(`${event} ${JSON.stringify(fields)}`),
    warn: () => undefined,
    info: () => undefined,
    debug: () => undefined,
    child: () => log,
  }
  const http: Http = async ({ url, signal }) => {
    await clock.sleep(random() * 300, signal)
    const page = pages[new URL(url).pathname]
    return {
      url,
      status: page === undefined ? 500 : 200,
      headers: { 'content-type': 'text/xml' },
      cookies: [],
      body: Buffer.from(page ?? ''),
      timing: { dnsMs: 0, connectMs: 0, tlsMs: 0, waitMs: 0, readMs: 0, totalMs: 0 },
    }
  }

  /** How often each has ended. */
  const ends = new Map<string, number>()
  const late: string[] = []
  const seen = new Map<string, number>()
  const observe = ({ callId, type }: CallEvent): void => {
    seen.set(type, (seen.get(type) ?? 0) + 1)
    const ended = ends.get(callId) ?? 0
    if (ended > 0 && !mayFollow(type)) late.push(`${callId} ${type}`)
    ends.set(callId, type === 'leg.ended' ? ended + 1 : ended)
  }

  const kept = new MemoryDocuments()
  for (const [collection, all] of Object.entries(documents)) {
    for (const document of all) kept.put(account.id, collection as Collection, document)
  }
  const simulator = newSimulator({ clock, ...(onDial === undefined ? {} : { onDial }) })
  const house = sceneHouse({
    clock,
    log,
    http,
    account,
    documents: kept,
    recordings: keepNothing(clock, () => undefined),
    calling: simulator,
    observers: [observe],
  })
  await simulator.listen((leg) => house.onCall(leg), new AbortController().signal)
  await clock.settle()

  return {
    clock,
    random,
    /** Events, by type. */
    seen,
    ends,
    party,
    /** `from` calls `number`. */
    call(callId: string, from: string, number: string): FarEnd {
      return simulator.call({ callId, from: party(from), to: party(number) }).farEnd
    },
    /** Calls that are there. */
    get size() {
      return house.calls.size
    },
    /** Lets everything pass that is still to come. @returns what is left then */
    async close(): Promise<object> {
      while (await clock.step());
      process.off('warning', onWarning)
      return {
        troubles,
        late,
        unended: [...ends].filter(([, times]) => times !== 1),
        calls: house.calls.size,
        others: house.exchange.calls(account.id),
        waiting: clock.waiting,
      }
    },
  }
}
