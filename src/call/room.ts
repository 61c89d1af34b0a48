import type { Leg, PlayOptions, Recording, RecordOptions } from './leg.ts'
import type { MediaSource } from './media.ts'

export interface MemberSettings {
  /** The others do not hear it. */
  readonly isMuted: boolean
  /** It hears nothing. */
  readonly isDeaf: boolean
}

/** A leg that is in a room. */
export interface Member {
  /** Is heard at once; does nothing when the leg has left. */
  change(settings: Partial<MemberSettings>): void
}

export interface JoinOptions extends Partial<MemberSettings> {
  readonly signal: AbortSignal
  /** Called once, when the leg hears and is heard. */
  readonly onJoined?: (member: Member) => void
}

export type RoomRecordOptions = Pick<RecordOptions, 'signal' | 'maxMs' | 'trim'>

/** How a stay in a room ended by itself. */
export type StayEnd = 'ended' | 'closed'

/** Where any number of legs of one driver hear each other: everybody hears all but themselves. */
export interface Room {
  /**
   * Lets `leg` hear the others and be heard, and gives it early media if it is not answered. Resolves when the leg has
   * ended or the room was closed. It never ends a leg; a leg that has left hears silence.
   *
   * To be in a room is foreground media of the leg: it rejects with {@link Replaced} when the leg is played to,
   * recorded, bridged, told to answer or joins again, and with `signal.reason` when that aborts. Digits are told of the
   * leg they come from, and kept for `nextDigit`; the others do not hear them.
   *
   * @throws ROOM_UNSUPPORTED for the leg of another driver
   */
  join(leg: Leg, options: JoinOptions): Promise<StayEnd>
  /**
   * All members hear it, together with what is said and what else is played. Resolves after the last sample, and when
   * the room is closed; rejects with `signal.reason`, and with {@link Replaced} when too much plays at once.
   *
   * @throws what the AudioLibrary throws
   */
  play(source: MediaSource, options: PlayOptions): Promise<void>
  /**
   * Records everything that is said and played. One at a time: the next ends the one before. Resolves when it is over:
   * `stopped` by the signal or the next, `hangup` when the room is closed.
   *
   * @throws RECORDING_FAILED
   */
  record(options: RoomRecordOptions): Promise<Recording>
  /** Lets all go and stops everything. Resolves when the recording is complete. Idempotent. */
  close(): Promise<void>
}
