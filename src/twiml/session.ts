import type { Clock, Log } from '../base/index.ts'
import type { Branch, Call, Calling, HangupCause, Recordings } from '../call/index.ts'
import type { Conferences } from '../conferences/index.ts'
import type { Queues } from '../queues/index.ts'

export type Parameters = Readonly<Record<string, string>>

export type Method = 'GET' | 'POST'

/** What verbs leave behind for later requests of the same TwiML session. Begin with {@link newSessionState}. */
export interface SessionState {
  /** KAZOO's `<Set>`: sent with every later request. */
  readonly variables: Map<string, string>
  /** Digits pressed outside Gather, at most 64. The verbs put them into the parameters of their request and forget them. */
  typedAhead: string
  /** What a verb says about the call; undefined while ringing or in progress. */
  callStatus: 'completed' | 'busy' | 'no-answer' | undefined
  /** `RecordingUrl`, `RecordingSid` and `RecordingDuration` of the last Record, sent with every later request. */
  recording: Parameters
  /** How many recordings were made. */
  recordings: number
}

export const newSessionState = (): SessionState => ({
  variables: new Map(),
  typedAhead: '',
  callStatus: undefined,
  recording: {},
  recordings: 0,
})

/** Whom a noun of `<Dial>` names. */
export type Party =
  | { readonly kind: 'number' | 'client' | 'user' | 'device'; readonly name: string }
  | {
      readonly kind: 'sip'
      /** Without headers. */
      readonly uri: string
      readonly user: string
      readonly host: string
      readonly headers: Readonly<Record<string, string>>
      readonly credentials?: { readonly username: string; readonly password: string }
    }

export interface ReachOptions {
  /** For whom somebody is called. */
  readonly call: Call
  /** How long it may ring. */
  readonly timeoutMs: number
  /** The number shown to whoever is called, instead of the caller's. */
  readonly callerId: string | undefined
}

/** The ways to whom a noun names; none when there is nobody, or calls may not go there. */
export type Reach = (party: Party, options: ReachOptions) => Promise<readonly Branch[]>

/** Where a document is to be had. */
export interface Place {
  readonly url: string
  readonly method: Method
  /** What the web server is told besides. */
  readonly parameters?: Parameters
}

/**
 * Whose documents these are: of a call, of somebody who is about to be connected (a callee, or a call out of a queue), or of
 * a call that waits in a queue.
 */
export type Occasion = 'call' | 'whisper' | 'queue'

/** How verbs reach other parties. */
export interface Dialling {
  readonly calling: Calling
  readonly reach: Reach
  /**
   * Carries out the document at `at.url` on a callee who has answered. Resolves with whether the callee stays to be
   * connected; rejects when the document cannot be had, and with `signal`'s reason.
   */
  readonly conferences: Conferences
  /**
   * Lets the caller hear what is at `at.url` while waiting: audio over and over, or a document, once. `parameters` are
   * sent with every request. Rejects when it cannot be had, and with `signal`'s reason.
   */
  entertain(
    at: { readonly url: string; readonly method: Method },
    parameters: Parameters,
    signal: AbortSignal,
  ): Promise<void>
  screen(callee: Call, at: Place, signal: AbortSignal): Promise<boolean>
  /** The queues of this process. */
  readonly queues: Queues
  /**
   * Carries out documents on the call, which waits in a queue, over and over: when one is over, the one at `at.url` is asked
   * for again, with what `told` says then. Resolves when a document lets it leave the queue; one that hangs up does that.
   * Rejects when a document cannot be had, and with `signal`'s reason.
   */
  waitInQueue(at: Place, told: () => Parameters, signal: AbortSignal): Promise<void>
  /** Tells a web server of a callee, or of the call itself, in the background: never waits, never fails. `parameters` come first. */
  tell(callee: Call, url: string, method: Method, parameters: Parameters): void
}

/** All a verb may know. */
export interface VerbContext {
  readonly call: Call
  readonly clock: Clock
  /** Aborts when the call is over, with a Hangup as its reason. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly state: SessionState
  readonly recordings: Recordings
  readonly occasion: Occasion
  /** Undefined where nobody can be called: in what somebody hears who waits, or before being connected. */
  readonly dialling: Dialling | undefined
  /** The verbs that are carried out; all, when it is left out. */
  readonly only?: ReadonlySet<string>
  /** Where the document came from in the end: what relative URLs are resolved against. */
  readonly url: string
  /** Tells a web server something in the background (status callbacks): never waits, never fails. */
  notify(url: string, method: Method, parameters: Parameters): void
}

/** How a document ended. */
export type DocumentEnd =
  /** Nothing is left to do: hang up normally (an unanswered call is refused with 480). */
  | { readonly end: 'finished' }
  /** The call leaves the queue in which it waits. */
  | { readonly end: 'leave' }
  | { readonly end: 'hangUp'; readonly cause: HangupCause }
  | { readonly end: 'reject'; readonly sipStatus: number; readonly reason: string }
  /**
   * A request is to be made, and its answer carried out. When the caller has hung up meanwhile (Record, Dial), the request
   * is still made and its answer ignored.
   */
  | { readonly end: 'ask'; readonly url: string; readonly method: Method; readonly parameters: Parameters }
