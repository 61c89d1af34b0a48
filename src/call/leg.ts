import { Outcome } from '../base/index.ts'
import type { HangupCause } from './causes.ts'
import type { MediaSource } from './media.ts'
import type { Party } from './party.ts'
import type { LegState } from './state.ts'

export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | 'A' | 'B' | 'C' | 'D'

export const allKeys = '0123456789*#'

export const isDigit = (text: string): text is Digit => /^[0-9*#A-D]$/.test(text)

/** What happens on a leg, in order; `ended` comes once and last. */
export type LegEvent =
  /** The caller is told that somebody is alerted. */
  | { readonly type: 'leg.ringing' }
  /** Sound before the answer is possible. */
  | { readonly type: 'leg.early' }
  /** The call is answered. */
  | { readonly type: 'leg.answered' }
  /** The caller put us on hold: nothing is heard there. */
  | { readonly type: 'leg.held' }
  /** The caller took us back from hold. */
  | { readonly type: 'leg.resumed' }
  /** The leg is gone: by whom, why, and the SIP status that says the same. Once, and last. */
  | { readonly type: 'leg.ended'; readonly by: string; readonly cause: HangupCause; readonly sipStatus: number }
  /** The caller pressed a key; `isHidden` where it is kept without which. */
  | {
      readonly type: 'digit.received'
      readonly digit: Digit
      readonly via: 'rtp' | 'info' | 'simulated'
      readonly isHidden?: boolean
    }
  /**
   * The far end asks that whoever it talks with be connected with `to` in its place (SIP REFER); `replacesCallId`: with
   * whom it talks by that other leg of ours (attended). It waits for {@link Leg.reportTransfer}, for a minute.
   */
  | { readonly type: 'transfer.requested'; readonly to: Party; readonly replacesCallId?: string }
  /** The far end was told what became of the transfer it asked for. */
  | { readonly type: 'transfer.reported'; readonly sipStatus: number }
  /** The far end was asked to call somebody itself; `replacesCallId`: in place of that leg of ours. */
  | { readonly type: 'transfer.asked'; readonly target: string; readonly replacesCallId?: string }
  /** Digits were sent to the caller. */
  | { readonly type: 'digits.sent'; readonly digits: string }
  /** Something began to play. */
  | { readonly type: 'media.started'; readonly media: MediaSource }
  /** It played to its end, or was stopped. */
  | { readonly type: 'media.ended'; readonly media: MediaSource; readonly how: 'finished' | 'stopped' }
  /** It could not be played. */
  | { readonly type: 'media.failed'; readonly media: MediaSource; readonly code: string }
  /** The caller is being recorded, until `silenceMs` milliseconds without speech; 0 = silence ends nothing. */
  | { readonly type: 'recording.started'; readonly silenceMs?: number }
  /** The recording is over. */
  | {
      readonly type: 'recording.ended'
      readonly durationMs: number
      readonly endedBy: RecordingEnd
      readonly hadSpeech?: boolean
    }
  /** What is said and heard on this leg is being recorded: in the background, whatever else goes on. */
  | { readonly type: 'call-recording.started'; readonly recordingId: string }
  /** From now on that recording is silent, or no longer. */
  | { readonly type: 'call-recording.masked'; readonly recordingId: string; readonly isMasked: boolean }
  /** That recording is over. */
  | {
      readonly type: 'call-recording.ended'
      readonly recordingId: string
      readonly durationMs: number
      readonly endedBy: RecordingEnd
    }

export type RecordingEnd = 'key' | 'silence' | 'limit' | 'hangup' | 'stopped'

export interface RecordOptions {
  /** Ends the recording as `stopped`; what was recorded is kept. */
  readonly signal: AbortSignal
  readonly maxMs: number
  /** End after this long without speech; 0 = never. */
  readonly silenceMs: number
  /** Digits that end the recording, e.g. `0123456789*#`; empty = none. */
  readonly endKeys: string
  /** Leave out leading and trailing silence. */
  readonly trim: boolean
}

/** So many recordings of one leg may go on at once. */
export const mostCallRecordings = 4

export interface RecordCallOptions {
  /** Ends the recording as `stopped`; what was recorded is kept. */
  readonly signal: AbortSignal
  readonly maxMs: number
  /** `separate`: what the leg says is the left channel, what it hears the right one. */
  readonly channels: 'mixed' | 'separate'
  /** What is left out is silent. Default both. */
  readonly track?: 'both' | 'says' | 'hears'
  /** Leave out leading and trailing silence. */
  readonly trim?: boolean
}

/** A recording that goes on in the background. */
export interface CallRecording {
  /** The same as that of the recording that comes of it. */
  readonly id: string
  /** Resolves when it is over, also when the leg ends. Rejects with RECORDING_FAILED, or the leg's Hangup if it had ended. */
  readonly done: Promise<Recording>
  /** What follows is silence in the recording. */
  mask(): void
  unmask(): void
}

/**
 * A finished recording: a WAV file (8 kHz, 16 bit linear, mono but for calls recorded in separate channels) that exists
 * until it is removed.
 */
export interface Recording {
  readonly id: string
  /** Where the file is, or undefined when the driver keeps no sound (the simulator). */
  readonly path: string | undefined
  readonly durationMs: number
  readonly endedBy: RecordingEnd
  readonly key: Digit | undefined
  /** Whether anything louder than silence was heard. */
  readonly hadSpeech: boolean
}

export interface ReferOptions {
  readonly signal: AbortSignal
  /** Whoever is called is to leave this leg for the new call. */
  readonly replaces?: Leg
}

export interface PlayOptions {
  readonly signal: AbortSignal
  /** How often in all; `Infinity` = until stopped. */
  readonly times?: number
}

/**
 * One leg of a call, seen from inside the house. Nothing here knows what carries it.
 *
 * Commands are carried out in the order given. A leg has one foreground media (a play or a recording): starting another
 * stops it first. After `ended`, commands do nothing and waits reject with the {@link Hangup} that is `ended`'s reason.
 */
export interface Leg {
  /** Ours, random. */
  readonly id: string
  /** What signalling calls this call (SIP's Call-ID). Web servers know the call by it. */
  readonly callId: string
  readonly direction: 'inbound' | 'outbound'
  readonly from: Party
  readonly to: Party
  /** What was asked for (SIP's Request-URI). */
  readonly request: Party
  /** Custom headers (`X-…`) that came with the call, by name as received. */
  readonly headers: Readonly<Record<string, string>>
  /** Where the call came from (`address:port`), for logs and limits. */
  readonly source: string
  /** What the caller's software calls itself, if it says. */
  readonly userAgent: string | undefined
  /** Whether the caller is a known endpoint of the account, so that numbers without a callflow may be tried. */
  readonly isAuthorized: boolean
  /** Which endpoint the caller has proved to be, when that says more than `from`: its user name, and its account's realm. */
  readonly authorizedAs?: Party | undefined
  /** What signalling calls the leg of ours whose place this one is to take (INVITE with Replaces, RFC 3891). */
  readonly replaces?: string | undefined
  /**
   * The contact that a trunk has called: one that we have registered with it. `request` is then whom the trunk means, as its
   * To header says.
   */
  readonly registeredContact?: string | undefined
  readonly state: LegState
  /** Aborts when the leg is gone, with a {@link Hangup} as its reason. Pass it to whatever must stop then. */
  readonly ended: AbortSignal

  /** Calls `listener` for each event from now on. At most one; a later one replaces it. */
  observe(listener: (event: LegEvent) => void): void
  /** Tells the caller that somebody is alerted. Does nothing unless `ringing`. */
  ring(): void
  /** Opens the way for sound before the answer. Does nothing unless `ringing`. */
  earlyMedia(): Promise<void>
  /** Stops foreground media and answers. Does nothing when already answered. */
  answer(): Promise<void>
  /** Refuses an unanswered call with a SIP status; hangs up an answered one. */
  reject(sipStatus: number, reason?: string): Promise<void>
  /** Resolves when the far end has confirmed, or after 2 s. */
  hangup(cause: HangupCause): Promise<void>
  /**
   * Opens `source` ahead, for the next play of it: fetched, decoded, synthesized. Resolves when that play can begin
   * without a gap, and also when it will fail: the play says so then. Nothing is heard or told.
   */
  prepare(source: MediaSource, signal: AbortSignal): Promise<void>
  /**
   * Resolves after the last sample; rejects with `signal.reason` when that aborts first, and with {@link Replaced} when
   * other foreground media takes over. On an unanswered leg it opens early media first.
   * @throws what the AudioLibrary throws
   */
  play(source: MediaSource, options: PlayOptions): Promise<void>
  /** The next digit, in dialled order; digits pressed while nobody waits are kept (at most 64). Safe to abort. */
  nextDigit(signal: AbortSignal): Promise<Digit>
  /** Takes the digits that nobody has waited for. */
  takeDigits(): string
  /** Records the caller. Resolves when the recording is over, also when the caller hangs up. @throws RECORDING_FAILED */
  record(options: RecordOptions): Promise<Recording>
  /**
   * Records what the leg says and what it hears, both on one clock, from the moment that there is a way for sound. It is no
   * foreground media: whatever is played, recorded or bridged meanwhile goes on, and is in the recording. It ends with the
   * leg. At most {@link mostCallRecordings} at once.
   */
  recordCall(options: RecordCallOptions): CallRecording
  /** Sends digits (`0-9A-D*#`, `w` = 0.5 s and `W` = 1 s of pause) to the caller. Resolves after the last. */
  sendDigits(digits: string, options: { readonly durationMs: number; readonly signal: AbortSignal }): Promise<void>
  /**
   * Tells the far end what became of the transfer it asked for: a final SIP status. Does nothing when it has asked for
   * none, and when it has been told already. A hang-up of ours says 503 first when nothing has been said.
   */
  reportTransfer(sipStatus: number): Promise<void>
  /**
   * Asks the far end of an answered leg to call `target` itself (REFER): an address, or a number of ours. `replaces`: in
   * place of that leg, whose far end is at `target`. Resolves with the final status that it reports; a far end that hangs
   * up after having taken it counts as 200. Rejects with `signal.reason`; whether it calls or not is then not heard.
   *
   * @throws TRANSFER_REFUSED · TRANSFER_TIMEOUT · DIAL_TARGET_INVALID
   */
  refer(target: string, options: ReferOptions): Promise<number>
}

/** Why a play ended early: other foreground media took over. */
export class Replaced extends Outcome {
  override readonly name = 'Replaced'
}
