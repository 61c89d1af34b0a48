import type { Readable } from 'node:stream'
import type { WebSocket } from '@fastify/websocket'
import { Type, type Static, type TObject, type TSchema } from 'typebox'
import type { Principal, Scope } from '../access/index.ts'
import type { Log } from '../base/index.ts'
import type { ApiPorts } from './ports.ts'

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** A body that is not JSON. */
export interface Upload {
  /** Without parameters, in lower case: `audio/mpeg`. */
  readonly contentType: string
  readonly content: Uint8Array
}

/** A question, checked with the schemas of its route. */
export interface Asked<P = unknown, Q = unknown, B = unknown> {
  readonly principal: Principal
  /** The account of the path, which the principal reaches and which exists; empty when the path names none. */
  readonly accountId: string
  readonly params: P
  /** Keys that the schema does not name are kept, as text. */
  readonly query: Q
  /** The `data` of the body. */
  readonly body: B
  /** Of routes with `upload`, when the body was not JSON. */
  readonly upload: Upload | undefined
  readonly requestId: string
  /** The address of whoever asks. */
  readonly address: string
  /** @param name in lower case */
  header(name: string): string | undefined
  readonly log: Log
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal
}

/** An answer in KAZOO's envelope. */
export interface DataAnswer {
  readonly data: unknown
  /** Becomes the ETag too. */
  readonly revision?: string
  /** A part of a list. `size` is how many there are in it. */
  readonly page?: { readonly size: number; readonly startKey?: string; readonly nextStartKey?: string }
  readonly authToken?: string
  /** Default: 201 for PUT, else 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer without an envelope: a file, a table, a stream of events. */
export interface RawAnswer {
  readonly raw: Readable | Uint8Array | string
  readonly contentType: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

export type Answer = DataAnswer | RawAnswer

/**
 * Something the API does, as data. The server, the OpenAPI document, the reference page and the tests read the same
 * object.
 */
export interface Route<P extends TObject = TObject, Q extends TObject = TObject, B extends TSchema = TSchema> {
  readonly method: Method
  /** `/v2/accounts/:accountId/cdrs`: a path with `:accountId` is only reached by principals of it or above it. */
  readonly url: string
  readonly summary: string
  /** The KAZOO module it follows, or that it is ours. */
  readonly source: string
  /** What a token must be good for; `public`: no token is asked for. `admin` includes `read` and `calls`, `system` all. */
  readonly scope: Scope | 'public'
  readonly params: P
  readonly query?: Q
  /** Of the `data` of the body. Without it the body is not read. */
  readonly body?: B
  /** It also takes bodies that are not JSON, up to so many bytes, of these content types (`audio/*` is allowed). */
  readonly upload?: { readonly mostBytes: number; readonly contentTypes: readonly string[] }
  /** Of the `data` of the answer. */
  readonly answer: TSchema
  /** Content types of raw answers. */
  readonly produces?: readonly string[]
  /** A body that succeeds when everything it refers to exists: for the documentation. */
  readonly example?: Static<B>
  /** Failures become KAZOO's error envelope: see errors.ts for which status each code has. */
  run(asked: Asked<Static<P>, Static<Q>, Static<B>>, ports: ApiPorts): Promise<Answer>
  /** The same path asked for as a WebSocket. The signal of `asked` aborts when the socket closes. */
  socket?(asked: Asked<Static<P>, Static<Q>, undefined>, ports: ApiPorts, socket: WebSocket): void
}

/** Checks that a route is whole, and keeps the types of its schemas. */
export const defineRoute = <P extends TObject, Q extends TObject, B extends TSchema>(route: Route<P, Q, B>): Route =>
  route

const Id = Type.String({ minLength: 1, maxLength: 128 })

/** The parameters of `/v2/accounts/:accountId/…`, with `names` after it. */
export const accountParams = <const Names extends readonly string[]>(...names: Names) =>
  Type.Object({
    accountId: Id,
    ...(Object.fromEntries(names.map((name) => [name, Id])) as Record<Names[number], typeof Id>),
  })
