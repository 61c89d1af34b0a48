import type { Kysely } from 'kysely'
import type { Kind, Step } from './sql.ts'
import type { Tables } from './tables.ts'

export type Rows = readonly Readonly<Record<string, unknown>>[]

/** Something that processes which share a database tell each other. */
export type Notice =
  /** Events have been kept. */
  | { readonly is: 'events' }
  /** Jobs have been added that anybody may claim. */
  | { readonly is: 'jobs' }
  | {
      readonly is: 'document'
      readonly accountId: string
      readonly collection: string
      readonly id?: string
      readonly how: string
    }
  /** What a phone has registered has changed. */
  | { readonly is: 'registration'; readonly accountId: string; readonly username: string }

export interface NoticeListener {
  onNotice(notice: Notice): void
  /** Notices may have been missed: anything may have happened. */
  onGap(): void
}

/** One of the two databases. Every error of it is DATABASE_UNAVAILABLE unless the statement itself was wrong. */
export interface Database {
  readonly kind: Kind
  readonly kysely: Kysely<Tables>
  /** Runs the steps in one transaction, in order. @returns the rows that each gave */
  batch(steps: readonly Step[]): Promise<readonly Rows[]>
  /** A step that tells the other processes when the transaction commits; undefined when there can be none. */
  notice(notice: Notice): Step | undefined
  /** The same within a transaction of `kysely`. */
  tell(on: Kysely<Tables>, notice: Notice): Promise<void>
  /** Listens to the other processes. May be called once, before anything else. */
  listen(listener: NoticeListener): Promise<void>
  close(): Promise<void>
}
