import type { Whisper } from './driver.ts'
import type { LegEvent } from './leg.ts'
import type { Party } from './party.ts'
import type { MediaSource } from './media.ts'

/** What a callflow did. */
export type FlowEvent =
  /** A callflow was found for the number and begins. */
  | {
      readonly type: 'flow.started'
      readonly number: string
      readonly callflowId: string | undefined
      readonly name: string | undefined
      /** What the call speaks at first, e.g. `en-us`. */
      readonly language?: string
    }
  /** The call was sent elsewhere from outside: the flow that ran has stopped, and another one begins. */
  | {
      readonly type: 'flow.redirected'
      readonly number: string | undefined
      readonly callflowId: string | undefined
      readonly name: string | undefined
    }
  /** A node of the callflow begins. */
  | { readonly type: 'node.started'; readonly module: string; readonly data: unknown }
  /** A node was stepped over: it says so itself, or its module is not known. */
  | { readonly type: 'node.skipped'; readonly module: string; readonly why: 'skip_module' | 'unknown' }
  /** A node failed; the flow goes on with its wildcard, if it has one. */
  | { readonly type: 'node.failed'; readonly module: string; readonly code: string; readonly details: unknown }
  /** A node is over, and what comes next. */
  | { readonly type: 'node.ended'; readonly module: string; readonly go: string; readonly key?: string }
  /** People were told of the call, or would be if they had an address: KAZOO’s name of the notification. */
  | { readonly type: 'notice.told'; readonly notice: string; readonly to: readonly string[] }
  /** The action `edr` had something to say to applications. */
  | {
      readonly type: 'edr.told'
      readonly data: Readonly<Record<string, unknown>>
      readonly callerIdName: string
      readonly callerIdNumber: string
      readonly callflowId: string | undefined
      readonly ownerId: string | undefined
    }
  /** Variables that later nodes and requests see have changed. */
  | { readonly type: 'variables.set'; readonly variables: Readonly<Record<string, unknown>> }

/** What happened between the legs of a call. */
export type PartyEvent =
  /** This leg was dialled for another one. Its first event. */
  | { readonly type: 'leg.dialled'; readonly target: string; readonly besideCallId: string }
  /** Somebody could not even be called. Told of the leg that they were to be dialled for. */
  | { readonly type: 'dial.failed'; readonly target: string; readonly code: string }
  /** This leg and the other one hear each other; `isEarly`: before the answer. Told of both. */
  | { readonly type: 'bridge.began'; readonly otherCallId: string; readonly isEarly: boolean }
  /** The call waits at a parking place. */
  | { readonly type: 'call.parked'; readonly slot: string }
  /** It does no longer: somebody has fetched it, it is gone, or its flow goes on. */
  | { readonly type: 'call.unparked'; readonly slot: string; readonly how: 'retrieved' | 'abandoned' | 'returned' }
  /** They no longer do. Told of both, while it is known. */
  | { readonly type: 'bridge.ended'; readonly otherCallId: string; readonly isEarly: boolean }
  /** This leg listens to another one, which is not told, and speaks to nobody. */
  | { readonly type: 'eavesdrop.began'; readonly otherCallId: string }
  /** It speaks to the leg that it listens to, to whomever that talks with, to both or to nobody. */
  | { readonly type: 'eavesdrop.changed'; readonly speaksTo: Whisper }
  /** It no longer listens. Told of calls that go on. */
  | { readonly type: 'eavesdrop.ended'; readonly otherCallId: string }

/** What happened between a call and the conference that it is in. */
export type ConferenceCallEvent =
  /** The call is in a conference, with so many others and itself. */
  | {
      readonly type: 'conference.joined'
      readonly conference: string
      readonly conferenceId: string
      readonly role: 'member' | 'moderator'
      readonly isMuted: boolean
      readonly isDeaf: boolean
      readonly members: number
    }
  /** It has left, and so many are still there. Also told of a call that has just ended. */
  | {
      readonly type: 'conference.left'
      readonly conference: string
      readonly conferenceId: string
      readonly why: string
      readonly members: number
      readonly stayedMs: number
    }
  /** It was muted or made deaf there, or no longer is. */
  | {
      readonly type: 'conference.changed'
      readonly conference: string
      readonly conferenceId: string
      readonly isMuted: boolean
      readonly isDeaf: boolean
    }
  /** Something is played to all there. */
  | {
      readonly type: 'conference.played'
      readonly conference: string
      readonly conferenceId: string
      readonly media: MediaSource
    }

/** What happened to a call in a queue. */
export type QueueEvent =
  /** It has entered the queue, at its end. */
  | {
      readonly type: 'queue.entered'
      readonly queue: string
      readonly queueId: string
      /** From 1. */
      readonly position: number
    }
  /** It has left the queue, or could not enter it. `result` is Twilio’s QueueResult. */
  | {
      readonly type: 'queue.left'
      readonly queue: string
      readonly queueId: string
      readonly result: string
      /** How long it was in it, without the talk. */
      readonly waitedMs: number
      /** How many are in it still. */
      readonly size: number
    }

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
  /** A web server is asked for a document. */
  | {
      readonly type: 'pivot.asked'
      readonly url: string
      readonly method: 'GET' | 'POST'
      readonly iteration: number
      readonly attempt: number
    }
  /** It answered with a document that can be carried out. */
  | {
      readonly type: 'pivot.answered'
      readonly url: string
      readonly iteration: number
      readonly attempt: number
      readonly status: number
      readonly dialect: 'kazoo' | 'twiml'
      readonly timing: Timing
    }
  /** No document could be had, or it could not be read. */
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
  /** A request and its answer in full, when the action says `debug`. */
  | { readonly type: 'pivot.debug'; readonly record: unknown }
  /** A TwiML session has begun that wants the record of the call posted there. */
  | { readonly type: 'cdr.requested'; readonly url: string }
  /** The record of the call was sent to `cdr_url`, or could not be. */
  | { readonly type: 'cdr.posted'; readonly url: string; readonly status: number | undefined; readonly code?: string }
  /** An action asks a web server for something other than a document. */
  | { readonly type: 'lookup.asked'; readonly url: string }
  /** What it said, or why nothing could be had. */
  | {
      readonly type: 'lookup.answered'
      readonly url: string
      readonly status: number | undefined
      readonly body?: string
      readonly code?: string
    }
  /** The action `webhook` told a web server, or could not. */
  | {
      readonly type: 'webhook.called'
      readonly url: string
      readonly status: number | undefined
      readonly code?: string
    }

/** What a TwiML document did. */
export type TwimlEvent =
  /** A TwiML verb begins. */
  | { readonly type: 'verb.started'; readonly verb: string; readonly line: number; readonly column: number }
  /** Something in a TwiML document is wrong and was stepped over; the code is Twilio’s. */
  | {
      readonly type: 'twiml.warned'
      readonly code: number
      readonly line: number
      readonly column: number
      readonly message: string
    }

/** What a call was decided by, besides its caller: told only of calls that are debugged, so that they can be made again. */
export type ReadFact =
  /** A callflow was looked up by number or by id; without `flow` there was none. */
  | {
      readonly type: 'callflow.read'
      readonly number?: string
      readonly id?: string
      readonly name?: string | undefined
      readonly flow?: unknown
      readonly isNoMatch?: boolean
      readonly captureGroup?: string | undefined
      readonly captureGroups?: Readonly<Record<string, string>>
      /** The callflow that ran before this one (KAZOO's `preflow.always`). */
      readonly preflowId?: string | undefined
    }
  /** A document of the account was read; without `document` there was none. */
  | { readonly type: 'document.read'; readonly collection: string; readonly id: string; readonly document?: unknown }

/** Who called whom, and how it is told: see {@link ReadFact}. */
export interface CallDescribed {
  readonly type: 'call.described'
  /** The form of the story: counts on when events that a replay needs are added. */
  readonly form: number
  /** Unix milliseconds. */
  readonly arrivedAt: number
  readonly from: Party
  readonly to: Party
  readonly request: Party
  readonly headers: Readonly<Record<string, string>>
  readonly isAuthorized: boolean
  readonly source: string
  readonly userAgent: string | undefined
  /** Without its secret. */
  readonly account: {
    readonly id: string
    readonly realm: string
    readonly language: string
    readonly timezone: string
    readonly country: string
  }
  readonly caller: {
    readonly authorizingId?: string
    readonly authorizingType?: string
    readonly ownerIds: readonly string[]
  }
}

export type DescriptionEvent =
  | CallDescribed
  | ReadFact
  /** One of these would be too large to be kept. */
  | { readonly type: 'reading.omitted'; readonly what: string; readonly characters: number }

/** Something that happened on a call: the one story that logs, transcripts, debug records and CDRs are renderings of. */
export type CallFact =
  LegEvent | PartyEvent | ConferenceCallEvent | QueueEvent | FlowEvent | PivotEvent | TwimlEvent | DescriptionEvent

export type CallEvent = CallFact & {
  /** Counts from 1 within the call. */
  readonly sequence: number
  /** Milliseconds since the call arrived. */
  readonly atMs: number
  readonly callId: string
  readonly accountId: string
}
