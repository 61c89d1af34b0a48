import type { CallEvent, Cdr, LegRecord } from '../call/index.ts'
import type { Job } from '../outbox/index.ts'

/** One exchange with a web server as `debug: true` keeps it; `record` is pivot's DebugRecord. */
export interface DebugEntry {
  readonly accountId: string
  readonly callId: string
  readonly iteration: number
  readonly attempt: number
  /** Unix milliseconds. */
  readonly at: number
  readonly node: string
  readonly record: Readonly<Record<string, unknown>>
}

/** One attempt at telling a webhook something. Field names are KAZOO's (`webhooks_util.erl`), kept in `record`. */
export interface Attempt {
  readonly id: string
  readonly accountId: string
  readonly hookId: string
  /** Unix milliseconds. */
  readonly at: number
  readonly result: 'success' | 'failure'
  readonly record: Readonly<Record<string, unknown>>
}

export interface KeptRecording {
  /** 32 hexadecimal digits. */
  readonly id: string
  readonly accountId: string
  readonly callId: string
  readonly interactionId: string
  readonly format: 'wav' | 'mp3'
  readonly durationMs: number
  /** Unix milliseconds. */
  readonly at: number
  readonly url: string
}

/** A CallEvent with its place in the order of all events that are kept. */
export interface KeptEvent {
  readonly id: number
  /** Unix milliseconds. */
  readonly at: number
  readonly event: CallEvent
}

/** Things that are kept together or not at all. */
export interface Unit {
  /** A leg that has begun, or of which more is known: replaces what was kept of it. */
  readonly live?: LegRecord
  /** A leg that is over: its CDR takes the place of the live record. */
  readonly ended?: Cdr
  readonly jobs?: readonly Job[]
  /** This process carries the jobs once they are durable: nobody else is to while it lives. */
  readonly isCarriedHere?: boolean
  readonly events?: readonly { readonly at: number; readonly event: CallEvent }[]
  readonly debug?: readonly DebugEntry[]
  readonly attempts?: readonly Attempt[]
  readonly recordings?: readonly KeptRecording[]
}

/** Keeps what happens on calls, in the order it is told. */
export interface RecordWriter {
  /**
   * Returns at once; resolves when the unit is durable, and never rejects. When more waits than may, units that only
   * hold events, debug entries or attempts are dropped and counted; units with CDRs or jobs go to a journal on disk and
   * are written when there is room again. Resolves `false` when the unit was dropped.
   */
  write(unit: Unit): Promise<boolean>
}

export interface Page {
  /** Unix milliseconds, from and including. */
  readonly from?: number
  /** Unix milliseconds, up to and including. */
  readonly to?: number
  /** Where the last page said that the next one begins. */
  readonly startKey?: string
  /** 1 to 10,000. */
  readonly size: number
  readonly isAscending?: boolean
}

export interface Paged<T> {
  readonly items: readonly T[]
  readonly nextStartKey?: string
}

/** A call that has debug entries: those of its first iteration, summed up. */
export interface DebuggedCall {
  readonly callId: string
  /** Of the first entry; Unix milliseconds. */
  readonly at: number
  readonly entries: readonly DebugEntry[]
}

/** Reads what is kept of calls, always of one account. Newest first unless the page says otherwise. */
export interface RecordReader {
  cdr(accountId: string, id: string): Promise<Cdr | undefined>
  cdrs(accountId: string, page: Page, filter?: { readonly ownerId?: string }): Promise<Paged<Cdr>>
  /** All legs that belong together, oldest first. */
  interaction(accountId: string, interactionId: string): Promise<readonly Cdr[]>
  /** Events after the one of `afterId`, oldest first; of one call when `callId` is given. */
  events(
    accountId: string,
    options: { readonly afterId?: number; readonly callId?: string; readonly most: number },
  ): Promise<readonly KeptEvent[]>
  /** Calls that have debug entries, each with the entries of its first iteration. */
  debuggedCalls(accountId: string, page: Page): Promise<Paged<DebuggedCall>>
  /** In the order they were made. */
  debugEntries(accountId: string, callId: string): Promise<readonly DebugEntry[]>
  attempts(accountId: string, page: Page, filter?: { readonly hookId?: string }): Promise<Paged<Attempt>>
  recordings(accountId: string, page: Page, filter?: { readonly callId?: string }): Promise<Paged<KeptRecording>>
  recording(accountId: string, id: string): Promise<KeptRecording | undefined>
  removeRecording(accountId: string, id: string): Promise<boolean>
  /** Calls `listener` with events as they are kept, of every node, in order. @returns how to stop */
  onEvents(listener: (events: readonly KeptEvent[]) => void): () => void
}

/** Processes that share the records. A process that has not been heard of for a while is gone. */
export interface Nodes {
  /** Says that `node` is alive, and who else is. To be called every few seconds. */
  beat(node: string, nowMs: number): Promise<readonly string[]>
  /** `node` stops. */
  leave(node: string): Promise<void>
  /** Live records of legs whose nodes are not `alive`: each is given to one caller only. */
  takeOrphans(alive: readonly string[], node: string, most: number): Promise<readonly LegRecord[]>
}
