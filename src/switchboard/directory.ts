import type { Account, Caller } from '../call/index.ts'

/** An account as the switchboard needs it. */
export interface Subscriber {
  readonly account: Account
  /** The callflow that runs before every other (KAZOO's `preflow.always`). */
  readonly preflowId: string | undefined
}

/** The device a call came from, and whose it is. */
export interface Endpoint {
  readonly caller: Caller
  /** Its own language; undefined = the account's. */
  readonly language: string | undefined
}

/** A call that comes by a trunk: whose it is, the number that it is for, and which resource it came by. */
export interface TrunkCall {
  readonly subscriber: Subscriber
  /** As normalized. */
  readonly number: string
  readonly caller: Caller
}

/** Who is who. */
export interface Directory {
  /** The account of a SIP realm; calls to a realm that nobody has belong to the default account, if there is one. */
  subscriber(realm: string): Promise<Subscriber | undefined>
  /** The device of an account that authenticates as `username`. */
  endpoint(accountId: string, username: string): Promise<Endpoint | undefined>
}
