import { Readable } from 'node:stream'
import type { WebSocket } from '@fastify/websocket'
import { Type, type Static } from 'typebox'
import { asFailure, unlessAborted } from '../base/index.ts'
import type { KeptEvent } from '../records/index.ts'
import { wanted } from './accept.ts'
import { feedOf, isWanted, StreamLimit, type Said, type Wanted } from './event-feed.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type Asked, type DataAnswer, type Route } from './route.ts'

const Query = Type.Object({
  call_id: Type.Optional(Type.String({ maxLength: 512, description: 'Only of this call.' })),
  types: Type.Optional(
    Type.String({
      maxLength: 1024,
      description: 'Only these, with commas between them; `leg.*` is all that begin so.',
    }),
  ),
  last_event_id: Type.Optional(
    Type.Integer({ minimum: 0, description: 'What came after this event. The header Last-Event-ID does the same.' }),
  ),
  start_key: Type.Optional(Type.Integer({ minimum: 0, description: 'The same, of pages.' })),
  page_size: Type.Integer({ minimum: 1, maximum: 1_000, default: 50, description: 'Of a page.' }),
  accept: Type.Optional(Type.String({ maxLength: 128, description: 'Instead of the header Accept.' })),
})

type Asking = Asked<{ accountId: string }, Static<typeof Query>>

const Event = Type.Object(
  {
    id: Type.Integer({ description: 'Its place in the order of all events.' }),
    at: Type.Integer({ description: 'Unix milliseconds.' }),
    event: Type.Object({ type: Type.String(), callId: Type.String() }, { additionalProperties: true }),
  },
  { description: 'A CallEvent as it was kept: without secrets and, unless the operator wants them, without digits.' },
)

function wantedOf(asked: Asking): Wanted {
  const { accountId, query } = asked
  const header = /^\d{1,15}$/.exec(asked.header('last-event-id') ?? '')?.[0]
  const afterId = query.last_event_id ?? query.start_key ?? (header === undefined ? undefined : Number(header))
  const types = (query.types ?? '').split(',').map((type) => type.trim())
  return { accountId, callId: query.call_id, types: types.filter((type) => type !== ''), afterId }
}

/** A page is of events that were looked at: with `types` there may be fewer in it. */
async function page(asked: Asking, { reader }: ApiPorts): Promise<DataAnswer> {
  const wish = wantedOf(asked)
  const { accountId, callId, afterId = 0 } = wish
  const most = asked.query.page_size
  const read = await reader.events(accountId, { afterId, most, ...(callId === undefined ? {} : { callId }) })
  const events = read.filter(isWanted(wish))
  const last = read.length === most ? read.at(-1) : undefined
  return {
    data: events,
    page: {
      size: events.length,
      startKey: String(afterId),
      ...(last === undefined ? {} : { nextStartKey: String(last.id) }),
    },
  }
}

const reasons = {
  slow: 'events came faster than they were read: come back with the last id',
  stopping: 'the server stops: come back with the last id',
} as const

const json = ({ id, at, event }: KeptEvent): string => JSON.stringify({ id, at, event })

/** @source HTML Living Standard, section 9.2: server-sent events */
async function* asServerSent(said: AsyncIterable<Said>): AsyncGenerator<string> {
  yield 'retry: 2000\n\n'
  for await (const one of said) {
    if (one.say === 'event') yield `id: ${one.event.id}\ndata: ${json(one.event)}\n\n`
    else if (one.say === 'alive') yield ': alive\n\n'
    else yield `event: end\ndata: ${JSON.stringify({ why: one.why, message: reasons[one.why] })}\n\n`
  }
}

const closeCodes = { slow: 1013, stopping: 1001 } as const

/** Each event is waited for until it has left: what a slow reader does not take waits in the feed, which has a limit. */
async function tell(socket: WebSocket, said: AsyncIterable<Said>, signal: AbortSignal): Promise<void> {
  for await (const one of said) {
    if (one.say === 'event') await unlessAborted(sent(socket, json(one.event)), signal)
    else if (one.say === 'alive') socket.ping()
    else socket.close(closeCodes[one.why], reasons[one.why])
  }
}

const sent = (socket: WebSocket, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.send(text, (error) => (error === undefined ? resolve() : reject(error)))
  })

const mostStreams = 32
const stream = 'text/event-stream'

/** @param most streams of one account at a time */
export function eventRoutes(most = mostStreams): readonly Route[] {
  const limit = new StreamLimit(most)
  const listen = (asked: Asking, { reader, clock, stopping }: ApiPorts): AsyncIterable<Said> => {
    const { signal, accountId } = asked
    limit.take(accountId, signal)
    return feedOf(wantedOf(asked), { reader, clock, signal, stopping })
  }
  return [
    defineRoute({
      method: 'GET',
      url: '/v2/accounts/:accountId/events',
      summary:
        'What happens on calls, as it happens: server-sent events, or a WebSocket at the same path (its token may be the ' +
        'query parameter `auth_token`). What happened before, page by page, with `Accept: application/json`.',
      source: 'ours; KAZOO has blackhole',
      scope: 'read',
      produces: [stream],
      params: accountParams(),
      query: Query,
      answer: Type.Array(Event),
      async run(asked, ports) {
        if (wanted(asked, [stream, 'application/json']) !== stream) return page(asked, ports)
        const raw = Readable.from(asServerSent(listen(asked, ports)), { objectMode: false })
        return { raw, contentType: stream, headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' } }
      },
      socket(asked, ports, socket) {
        tell(socket, listen(asked, ports), asked.signal).catch((error: unknown) => {
          if (!asked.signal.aborted) asked.log.warn('api.events-cut', { error: asFailure(error) })
          socket.terminate()
        })
      },
    }),
  ]
}
