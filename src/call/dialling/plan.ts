import type { Clock } from '../../base/index.ts'
import type { Call, Caller, CallObserver } from '../call.ts'
import type { HangupCause } from '../causes.ts'
import type { CallerId, Calling, DialOptions, Target } from '../driver.ts'
import type { Digit } from '../leg.ts'
import type { Party } from '../party.ts'
import type { MediaSource } from '../media.ts'

/** One way to reach somebody. */
export interface Branch {
  readonly target: Target
  readonly callerId: CallerId
  /** Custom headers of the call. */
  readonly headers: Readonly<Record<string, string>>
  readonly codecs?: readonly string[]
  /** Of the sound; see {@link DialOptions}. */
  readonly encryption?: DialOptions['encryption']
  /** Who is called, for the records: what was dialled, and the name and the device and user when they are known. */
  readonly callee: { readonly number: string; readonly name?: string; readonly endpoint?: Caller }
  /** Pause before it is dialled: from the beginning, or (sequential) from the end of the branch before. */
  readonly delayMs: number
  /** How long it may ring, from when it is dialled. */
  readonly timeoutMs: number
  /** The caller hears ringback, not what the far end plays before it answers. */
  readonly ignoreEarlyMedia: boolean
  /**
   * Asks the callee, who has answered and hears nothing yet, whether to be connected (KAZOO's `require_keypress`,
   * Twilio's `url`). The others ring on meanwhile. False, or a failure: as if the callee had not answered.
   * `signal` aborts when somebody else was faster, when the caller is gone, and when the callee is.
   */
  readonly screen?: (callee: Call, signal: AbortSignal) => Promise<boolean>
  /** How long it may take until anybody is alerted. The time-out above begins at the same moment. */
  readonly progressMs?: number
  /** Another way to the same party, tried when this one is out of order; see `isOfTheWay`. Its delay does not count. */
  readonly next?: Branch
  /** A far end that sends the call elsewhere has refused it. */
  readonly ignoresRedirects?: boolean
  /**
   * Who rings in its place when its phone sends the call elsewhere, as people do by a key (SIP 302). Without: that is a
   * refusal.
   */
  readonly redirected?: (to: readonly Party[]) => Promise<readonly Branch[]>
  /** Who rings in its place when the device is not registered (KAZOO's `call_forward.failover`). */
  readonly instead?: readonly Branch[]
  /** Told of everything that happens on the callee's leg, from `leg.dialled` to `leg.ended`. */
  readonly observe?: CallObserver
}

/** Whom to connect a caller with, and how. */
export interface DialPlan {
  readonly branches: readonly Branch[]
  /** All at once, the first answer wins; or one after the other. */
  readonly strategy: 'simultaneous' | 'sequential'
  /** How long to try in all. */
  readonly timeoutMs: number
  /** The caller is answered before anybody is dialled, or when the callee is. */
  readonly answer: 'first' | 'with-callee'
  /** What the caller hears meanwhile, over and over. Without: the phone's own ringback, or ours once answered. */
  readonly ringback?: MediaSource
  /** Whether a branch that ends with `cause` ends the whole attempt (KAZOO's `fail_on_single_reject`). */
  readonly isFinal?: (cause: HangupCause) => boolean
}

/** How a branch that was tried ended without being connected. */
export interface BranchResult {
  readonly branch: Branch
  readonly cause: HangupCause
  /** Undefined when the branch could not even be tried. */
  readonly sipStatus: number | undefined
}

/** The callee has answered, and so has the caller; they do not hear each other yet: see `talk`. */
export interface Connected {
  readonly kind: 'connected'
  readonly callee: Call
  /** Undefined for somebody who was not called, but has picked the call up. */
  readonly branch?: Branch
}

export interface NotConnected {
  readonly kind: 'failed'
  /** One for all: see `rankedCause`. */
  readonly cause: HangupCause
  readonly sipStatus: number | undefined
  readonly results: readonly BranchResult[]
}

export interface PartyOptions {
  readonly calling: Calling
  readonly clock: Clock
  /** Ends everything: whoever rings is cancelled, whoever talks is let go. */
  readonly signal: AbortSignal
}

export interface TalkOptions extends PartyOptions {
  /** Hangs up on the callee after so long. */
  readonly timeLimitMs?: number
  /** The key by which the caller hangs up on the callee and goes on (Twilio's `hangupOnStar`). */
  readonly hangupKey?: Digit
  /**
   * The callee has a flow of its own, which goes on: told when the two no longer talk, and nobody hangs up on the callee.
   * `isTaken`: somebody else talks with it now.
   */
  readonly release?: (isTaken: boolean) => void
}

/** How a conversation ended that the caller has outlived. */
export interface Talked {
  /** `taken`: the callee talks with somebody else now. */
  readonly endedBy: 'callee' | 'limit' | 'key' | 'taken'
  readonly talkedMs: number
}
