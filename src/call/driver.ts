import type { Leg } from './leg.ts'

/** What a driver can do; the defaults are what a driver without the capability does. */
export interface Capabilities {
  /** Callers hear sound before the answer. Without: play answers first. */
  readonly earlyMedia: boolean
  /** Recordings have a file. Without: {@link Recording.path} is undefined. */
  readonly recordings: boolean
}

/** A technology that calls arrive by. */
export interface Driver {
  readonly name: string
  readonly capabilities: Capabilities
  /**
   * Takes calls until `signal` aborts. `onCall` is called once per call, before any of the leg's events; when it throws
   * or the house is full, the driver refuses the call. Resolves when calls can arrive.
   */
  listen(onCall: (leg: Leg) => void, signal: AbortSignal): Promise<void>
}
