import type { Access, TokenStore } from '../access/index.ts'
import type { Clock, Log } from '../base/index.ts'
import type { Registry } from '../callflow/index.ts'
import type { Conferences } from '../conferences/index.ts'
import type { DocumentStore } from '../documents/index.ts'
import type { FileStore } from '../files/index.ts'
import type { JobStore } from '../outbox/index.ts'
import type { Queues } from '../queues/index.ts'
import type { RecordReader, RecordWriter } from '../records/index.ts'
import type { Registrations, TrunkRegistrations } from '../registrations/index.ts'
import type { LegExchange } from '../switchboard/index.ts'

/** What the routes of the API work with. */
export interface ApiPorts {
  readonly documents: DocumentStore
  readonly reader: RecordReader
  readonly records: RecordWriter
  readonly access: Access
  readonly tokens: TokenStore
  readonly jobs: JobStore
  readonly files: FileStore
  /** The actions that callflows are checked with. */
  readonly registry: Registry
  readonly calls: LegExchange
  readonly conferences: Pick<Conferences, 'list'>
  readonly queues: Pick<Queues, 'list' | 'find'>
  /** Undefined: the engine takes no registrations. */
  readonly registrations?: Pick<Registrations, 'list' | 'remove'>
  /** Undefined: the engine registers with nobody. */
  readonly trunks?: Pick<TrunkRegistrations, 'statuses'>
  /**
   * Can this be played? Its own content type, whatever `claimed` says, unless it has no header to tell by.
   *
   * @throws MEDIA_DECODE · MEDIA_TOO_LONG
   */
  readonly checkAudio: (content: Uint8Array, claimed: string) => Promise<string>
  /** Aborts when the server stops: streams end then. */
  readonly stopping: AbortSignal
  readonly clock: Clock
  readonly log: Log
  /** The name of the process, as it stands in records and envelopes. */
  readonly node: string
  readonly version: string
}
