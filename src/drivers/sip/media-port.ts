import type { Audio, Digit, Whisper } from '../../call/index.ts'
import type { SrtpKey } from '../../rtp/index.ts'

export type Law = 'pcmu' | 'pcma'

/** What SDP agreed on for one leg. */
export interface MediaAgreement {
  readonly address: string
  readonly port: number
  readonly law: Law
  readonly payloadType: number
  /** Of telephone-event (RFC 4733), when agreed. */
  readonly telephoneEvent: number | undefined
  /** What we do: send, receive, both, neither. */
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
  readonly ptimeMs: number
  /** Packets count only from this address until the first valid one has been seen (symmetric RTP). */
  readonly signallingAddress: string
  /** Where the far end takes reports; without, at the port above that of its sound (RFC 3550 section 11). */
  readonly rtcp?: RtcpPlace
  /** The keys of both sides; without, nothing is encrypted. Never to be logged. */
  readonly srtp?: { readonly send: SrtpKey; readonly receive: SrtpKey }
}

/** The port of the sound, as ours are then too (RFC 5761), or another one. */
export type RtcpPlace = 'muxed' | { readonly address: string; readonly port: number }

export interface RecordSettings {
  readonly path: string
  readonly maxMs: number
  readonly silenceMs: number
  readonly trim: boolean
}

export interface CallRecordSettings {
  readonly path: string
  readonly maxMs: number
  readonly trim: boolean
  readonly channels: 'mixed' | 'separate'
  readonly track: 'both' | 'says' | 'hears'
}

export interface Recorded {
  readonly durationMs: number
  readonly endedBy: 'silence' | 'limit' | 'stopped' | 'closed'
  readonly hadSpeech: boolean
}

export interface MediaStats {
  readonly received: number
  readonly lost: number
  readonly late: number
  readonly jitterMs: number
  readonly sent: number
  /** Encrypted packets that were not genuine or came again. */
  readonly rejected: number
  readonly isEncrypted: boolean
  /** What the far end has reported of what it hears, as far as it has. */
  readonly farLost?: number
  readonly farJitterMs?: number
  /** There and back, without the time that the far end took. */
  readonly roundTripMs?: number
}

export const noStats: MediaStats = {
  received: 0,
  lost: 0,
  late: 0,
  jitterMs: 0,
  sent: 0,
  rejected: 0,
  isEncrypted: false,
}

/** What a media leg tells its owner. */
export interface MediaListener {
  digit(digit: Digit, durationMs: number): void
  /** No RTP came for the time-out although the agreement lets the far end send. */
  inactive(): void
  /** The media is gone by a defect of ours, and nothing will be heard any more. */
  lost(): void
}

/** Something that goes on for a while. */
export interface MediaJob<T> {
  readonly done: Promise<T>
  /** Does nothing when it is over. */
  readonly stop: () => void
}

/** A recording that goes on beside everything else. */
export interface MediaCallRecording extends MediaJob<Recorded> {
  /** What follows is silence in the recording, or no longer. */
  mask(isMasked: boolean): void
}

/** A leg that hears another one. Over when stopped, or when either leg closes or the listener does anything else. */
export interface MediaEavesdropping extends MediaJob<'stopped'> {
  speaksTo(whom: Whisper): void
}

/** The sound of one leg: one UDP port, one foreground player or recorder. Lives in a worker. */
export interface MediaLeg {
  readonly port: number
  /** Takes effect at once; may be called again (re-INVITE). */
  agree(agreement: MediaAgreement): void
  /** Resolves after the last sample was sent, or when stopped. `times` may be Infinity. */
  play(audio: Audio, times: number): MediaJob<'finished' | 'stopped'>
  /** `done` rejects with RECORDING_FAILED. */
  record(settings: RecordSettings): MediaJob<Recorded>
  /** Records what the leg says and hears, beside whatever else it does. `done` rejects with RECORDING_FAILED. */
  recordCall(settings: CallRecordSettings): MediaCallRecording
  /** Sends digits as telephone-events, or as tones when none were agreed. */
  sendDigits(digits: string, durationMs: number): MediaJob<'finished' | 'stopped'>
  stats(): Promise<MediaStats>
  /** Stops everything and frees the port. Resolves with the last statistics. */
  close(): Promise<MediaStats>
}

export interface OpenOptions {
  /** In the thread of that leg, so that a bridge of the two need not cross threads. */
  readonly beside?: MediaLeg
}

/** Two legs that hear each other. */
export interface MediaBridge extends MediaJob<'stopped'> {
  /** What `a` or `b` hears from now on while the other one holds; until then what the holder sends, or silence. */
  holdMusic(heardBy: 'a' | 'b', music: Audio): void
}

export interface MemberSettings {
  /** The others do not hear it. */
  readonly isMuted: boolean
  /** It hears nothing. */
  readonly isDeaf: boolean
}

/** A leg in a room. Over when stopped, when the leg closes, plays, records or is bridged, and when the room closes. */
export interface MediaMember extends MediaJob<'stopped'> {
  /** Takes effect within a frame. */
  change(settings: Partial<MemberSettings>): void
}

/** Where any number of legs hear each other: everyone hears all but itself. Lives in a worker. */
export interface MediaRoom {
  /** A leg that is in the room already comes in anew. A member that holds is not heard, so its music is not either. */
  join(leg: MediaLeg, settings?: Partial<MemberSettings>): MediaMember
  /** All hear it, together with what is said and what else is played; at most 16 sounds at once, the oldest stops. */
  play(audio: Audio, times: number): MediaJob<'finished' | 'stopped'>
  /** Everything that is said and played. One at a time: the next ends the one before. `done` rejects with RECORDING_FAILED. */
  record(settings: RecordSettings): MediaJob<Recorded>
  /** Lets all go and stops everything. Resolves when the recording is complete. */
  close(): Promise<void>
}

/** Opens media legs, spread over workers. */
export interface MediaEngine {
  /** @throws RTP_PORTS_EXHAUSTED when no port is free, or the system's error */
  open(listener: MediaListener, options?: OpenOptions): Promise<MediaLeg>
  /**
   * From now on each hears what the other says, instead of whatever it heard or was recorded for. Keys go across with
   * the other's payload type, as tones to a leg without telephone-events, and are still told to the listeners. Both
   * sides keep their own law, sequence, timestamps and SSRC; what each has agreed on (hold, early media) is respected,
   * and may change at any time. Over when stopped, when either leg closes, plays, records or is bridged anew. The legs
   * stay as they are then: they hear silence.
   */
  bridge(a: MediaLeg, b: MediaLeg): MediaBridge
  /**
   * From now on the listener hears what the target says and hears, and nobody hears the listener but those it speaks to.
   * It takes the place of whatever the listener heard; the target goes on as it was.
   */
  eavesdrop(listener: MediaLeg, target: MediaLeg): MediaEavesdropping
  /** Opens a room, empty, in the thread of a leg if one is given. It stays until it is closed, also when all have left. */
  room(options?: OpenOptions): MediaRoom
  readonly legs: number
  /** No port is free for another leg. */
  readonly isFull: boolean
  close(): Promise<void>
}
