import { Readable } from 'node:stream'
import type { DebugEntry, RecordReader } from '../records/index.ts'

const eventsAtOnce = 500
const mostEvents = 100_000

/**
 * The story of a debugged call, one JSON value a line: what it is first, then each CallEvent in order, those of type
 * `pivot.debug` with their whole record. `pivot replay` reads it.
 */
export function storyOf(reader: RecordReader, call: DebugEntry, signal: AbortSignal): Readable {
  return Readable.from(linesOf(reader, call, signal), { objectMode: false })
}

async function* linesOf(reader: RecordReader, { accountId, callId, at }: DebugEntry, signal: AbortSignal) {
  yield lineOf({ pivot: 'debug-log', version: 1, callId, accountId, at })
  let afterId = 0
  for (let count = 0; count < mostEvents && !signal.aborted; count += eventsAtOnce) {
    const events = await reader.events(accountId, { afterId, callId, most: eventsAtOnce })
    const last = events.at(-1)
    if (last === undefined) return
    yield events.map(({ event }) => lineOf(event)).join('')
    if (events.length < eventsAtOnce) return
    afterId = last.id
  }
}

const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`
