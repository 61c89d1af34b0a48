import type { Binding } from '../sip/index.ts'

/** A binding and whose it is. */
export interface Registration extends Binding {
  readonly accountId: string
  readonly deviceId: string
  /** In lower case. */
  readonly username: string
}

/** The phone whose bindings are meant. */
export interface PhoneName {
  readonly accountId: string
  readonly username: string
}

export interface RegistrationChange extends PhoneName {
  /** Added, or in the place of those of the same key. */
  readonly kept: readonly Registration[]
  /** Keys of those that are over. */
  readonly removed: readonly string[]
}

/** Where registrations are kept for all processes. Every member rejects with DATABASE_UNAVAILABLE. */
export interface RegistrationStore {
  /** What a phone has registered and has not expired, in the order of keys. */
  ofPhone(name: PhoneName, nowMs: number): Promise<readonly Registration[]>
  /** What an account has registered and has not expired, in the order of usernames; at most `most`. */
  ofAccount(accountId: string, nowMs: number, most: number): Promise<readonly Registration[]>
  write(change: RegistrationChange): Promise<void>
  /** @returns how many had expired */
  removeExpired(nowMs: number): Promise<number>
  /**
   * Calls `listener` after each change that another process made, without a name when anything may have changed.
   *
   * @returns how to stop
   */
  onChange(listener: (name: PhoneName | undefined) => void): () => void
}
