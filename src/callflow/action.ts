import type { Static, TObject } from 'typebox'
import type { Clock, Log } from '../base/index.ts'
import type { Call, HangupCause, MediaSource } from '../call/index.ts'
import type { Flow } from './flow.ts'

/**
 * What an action says should happen next. Build one with the functions below.
 *
 * @source KAZOO cf_exe: continue, stop, hard_stop, branch, CHANNEL_PIVOT
 */
export type Next =
  | { readonly go: 'child'; readonly key: string }
  | { readonly go: 'stop'; readonly cause?: HangupCause }
  | { readonly go: 'hangUp'; readonly cause: HangupCause }
  | { readonly go: 'branch'; readonly flow: Flow }
  | { readonly go: 'become'; readonly flow: Flow }

/** On to child `key`; to the wildcard when there is no such child; to the end of this flow when there is none either. */
export const child = (key = '_'): Next => ({ go: 'child', key })

/** The end of this flow: the flow that branched here goes on, or the call is hung up. */
export const stop = (cause?: HangupCause): Next => (cause === undefined ? { go: 'stop' } : { go: 'stop', cause })

/** The end of the call, whatever branched here. */
export const hangUp = (cause: HangupCause = 'NORMAL_CLEARING'): Next => ({ go: 'hangUp', cause })

/** Run `flow`; when it stops, go on with this node's wildcard child. */
export const branch = (flow: Flow): Next => ({ go: 'branch', flow })

/** Run `flow` instead of this node and its children. */
export const become = (flow: Flow): Next => ({ go: 'become', flow })

/** All an action may know. A fifth member needs a decision record. */
export interface ActionContext {
  readonly call: Call
  readonly clock: Clock
  /** Aborts when the call is over, with a Hangup as its reason. */
  readonly signal: AbortSignal
  readonly log: Log
}

/** The children of the node that runs. */
export interface Children {
  has(key: string): boolean
  readonly keys: readonly string[]
}

/** A KAZOO module as data: what it is called, what its data look like, what it does. */
export interface Action<S extends TObject = TObject> {
  readonly module: string
  /** Other names it answers to. */
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Where its behaviour is written down: a KAZOO module and schema. */
  readonly source: string
  readonly data: S
  /** The child keys it takes, besides `_`, each with when. */
  readonly children: Readonly<Record<string, string>>
  /** A whole node as a web server would answer it. */
  readonly example: { readonly module: string; readonly data?: unknown; readonly children?: unknown }
  /** What it will have the caller hear, in order, as far as its data say so: opened ahead of its turn. */
  sounds?(data: Static<S>, context: ActionContext): readonly MediaSource[]
  run(data: Static<S>, context: ActionContext, children: Children): Promise<Next>
}

/** Checks that an action is whole, and keeps the type of its data. */
export const defineAction = <S extends TObject>(action: Action<S>): Action => action
