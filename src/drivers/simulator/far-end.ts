import type { Clock } from '../../base/index.ts'
import type { LegEvent, MediaSource, Party } from '../../call/index.ts'
import type { DurationOf } from './durations.ts'

export interface SimulatedLegOptions {
  readonly clock: Clock
  readonly from: Party
  readonly to: Party
  /** What was dialled; the same as `to` when it is left out. */
  readonly request?: Party
  readonly callId?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the caller counts as an endpoint of the account. Default true. */
  readonly isAuthorized?: boolean
  readonly durationOf?: DurationOf
  /** `address:port`; `simulator` when it is left out. */
  readonly source?: string
  readonly userAgent?: string | undefined
  /** Whether a callee who sends the call elsewhere has that said of the leg. */
  readonly tellsRedirects?: boolean
  /** What signalling calls the leg whose place this one is to take. */
  readonly replaces?: string
  /** When the leg is to go as one once went. */
  readonly memory?: LegMemory
}

/** How a leg once went: what the caller heard and said then takes as long again. Asked as each thing begins. */
export interface LegMemory {
  /** Milliseconds until `source` was prepared for an unanswered call; Infinity = it never was. */
  preparedMs(source: MediaSource): number
  /** Milliseconds until `source` was heard, or was known to be missing; Infinity = it never was. */
  readyMs(source: MediaSource): number
  /** Milliseconds that it was heard, repetitions included; Infinity = until it was stopped. @throws why it was not */
  playedMs(source: MediaSource): number
  recorded(): RememberedRecording | undefined
}

export interface RememberedRecording {
  /** Until the caller had been silent for too long; Infinity = the caller never was. */
  readonly silentMs: number
  readonly durationMs: number
  readonly hadSpeech: boolean
}

/** What whoever is at the far end of a leg can do, and notice. */
export interface FarEnd {
  /** What signalling calls their call. */
  readonly callId: string
  /** Whom their phone says that they talk with. */
  readonly other: Party
  /** It is their turn: a digit is waited for in silence, or would end a recording. */
  readonly isAsked: boolean
  /** Somebody with whom the leg is bridged or in a room, or who listens or is listened to, speaks now and is heard. */
  readonly hearsOther: boolean
  /** The call IDs of those who are. */
  readonly voicesHeard: readonly string[]
  /** What is played into the room that the leg is in, and is heard. */
  readonly soundsHeard: readonly MediaSource[]
  /** The digits that were sent to them so far, by us or by the party that the leg was bridged with. */
  readonly digits: string
  /** Presses digits one after another, all at this moment. @throws RangeError for what is no digit */
  press(digits: string): void
  /** Speaks for so long. Resolves when all is said. */
  speak(ms: number): Promise<void>
  /** Begins or stops speaking. */
  speaks(isSpeaking: boolean): void
  /** Puts the call on hold, or takes it up again. Does nothing unless answered. */
  hold(isHeld: boolean): void
  /** The SIP statuses that they have heard of the transfers that they asked for: 100, then how it ended. */
  readonly transferStatuses: readonly number[]
  /** Asks that whoever they talk with be connected with `to`, or with whom they talk by that other call of theirs. */
  transfers(to: Party, replacesCallId?: string): void
  /** Says what became of the call that we asked them to make. */
  reportsTransfer(sipStatus: number): void
  /** Does not want to make it. */
  refusesTransfer(sipStatus: number): void
  /** Hangs up an answered call; cancels or declines an unanswered one. */
  hangUp(): void
  /** The network loses them: nothing more is heard of them. */
  vanish(): void
  /** Calls `listener` for each event of the leg from now on. */
  observe(listener: (event: LegEvent) => void): void
}

/** Whoever we call. */
export interface Callee extends FarEnd {
  /** Their phone rings. */
  ring(): void
  /** They send sound before they answer. */
  sendsEarly(): void
  answer(): void
  /** Refuses the call that is not answered yet. */
  refuse(sipStatus: number): void
  /** Sends the call elsewhere, before it is answered. */
  sendsTo(to: Party): void
}
