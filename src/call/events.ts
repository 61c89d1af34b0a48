import type { LegEvent } from './leg.ts'

/** What a callflow did. */
export type FlowEvent =
  | {
      readonly type: 'flow.started'
      readonly number: string
      readonly callflowId: string | undefined
      readonly name: string | undefined
    }
  | { readonly type: 'node.started'; readonly module: string; readonly data: unknown }
  | { readonly type: 'node.skipped'; readonly module: string; readonly why: 'skip_module' | 'unknown' }
  | { readonly type: 'node.failed'; readonly module: string; readonly code: string; readonly details: unknown }
  | { readonly type: 'node.ended'; readonly module: string; readonly go: string; readonly key?: string }
  | { readonly type: 'variables.set'; readonly variables: Readonly<Record<string, unknown>> }

/** Milliseconds of each part of an HTTP exchange; a part that did not happen is undefined. */
export interface Timing {
  readonly dnsMs?: number
  readonly connectMs?: number
  readonly tlsMs?: number
  readonly firstByteMs?: number
  readonly bodyMs?: number
  readonly totalMs: number
}

/** What Pivot asked a web server and what came back. */
export type PivotEvent =
  | {
      readonly type: 'pivot.asked'
      readonly url: string
      readonly method: 'GET' | 'POST'
      readonly iteration: number
      readonly attempt: number
    }
  | {
      readonly type: 'pivot.answered'
      readonly url: string
      readonly iteration: number
      readonly attempt: number
      readonly status: number
      readonly dialect: 'kazoo' | 'twiml'
      readonly timing: Timing
    }
  | {
      readonly type: 'pivot.failed'
      readonly url: string
      readonly iteration: number
      readonly attempt: number
      readonly code: string
      readonly fault: string
      readonly details: unknown
      readonly timing?: Timing
    }
  | { readonly type: 'pivot.debug'; readonly record: unknown }
  | { readonly type: 'cdr.posted'; readonly url: string; readonly status: number | undefined; readonly code?: string }
  | {
      readonly type: 'webhook.called'
      readonly url: string
      readonly status: number | undefined
      readonly code?: string
    }

/** What a TwiML document did. */
export type TwimlEvent =
  | { readonly type: 'verb.started'; readonly verb: string; readonly line: number; readonly column: number }
  | {
      readonly type: 'twiml.warned'
      readonly code: number
      readonly line: number
      readonly column: number
      readonly message: string
    }

/** Something that happened on a call: the one story that logs, transcripts, debug records and CDRs are renderings of. */
export type CallFact = LegEvent | FlowEvent | PivotEvent | TwimlEvent

export type CallEvent = CallFact & {
  /** Counts from 1 within the call. */
  readonly sequence: number
  /** Milliseconds since the call arrived. */
  readonly atMs: number
  readonly callId: string
  readonly accountId: string
}

export type CallObserver = (event: CallEvent) => void
