import type { Clock, Log } from '../base/index.ts'
import type { Call, HangupCause, Recordings } from '../call/index.ts'

export type Parameters = Readonly<Record<string, string>>

/** What verbs leave behind for later requests of the same TwiML session. */
export interface SessionState {
  /** KAZOO's `<Set>`: sent with every later request. */
  readonly variables: Map<string, string>
  /** Digits pressed during Say and Play, outside Gather. */
  typedAhead: string
  callStatus: 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer' | 'failed' | undefined
  /** `RecordingUrl` … of the last Record, sent with every later request. */
  recording: Parameters
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
  /** Where the document came from in the end: what relative URLs are resolved against. */
  readonly url: string
  /** Tells a web server something in the background (status callbacks): never waits, never fails. */
  notify(url: string, method: 'GET' | 'POST', parameters: Parameters): void
}

/** How a document ended. */
export type DocumentEnd =
  | { readonly end: 'finished' }
  | { readonly end: 'hangUp'; readonly cause: HangupCause }
  | { readonly end: 'reject'; readonly sipStatus: number; readonly reason: string }
  /** A request is to be made, and its answer carried out. */
  | { readonly end: 'ask'; readonly url: string; readonly method: 'GET' | 'POST'; readonly parameters: Parameters }
