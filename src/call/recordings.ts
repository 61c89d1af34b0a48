import type { Recording } from './leg.ts'

export interface RecordingUpload {
  readonly url: string
  readonly method: 'PUT' | 'POST' | 'PATCH'
  readonly fileName: string
}

export interface KeepOptions {
  readonly accountId: string
  readonly callId: string
  /** Of the call: see `LegRecord.interactionId`. */
  readonly interactionId: string
  /** What the document wants; a format that cannot be made is kept as WAV, with a warning. */
  readonly format: 'wav' | 'mp3'
  /** It is nobody's business but that of who refers to it: no list of recordings has it. */
  readonly isUnlisted?: boolean
  /** Send the file there as well, in the background, and call it by that address. */
  readonly upload?: RecordingUpload
}

/** Where recordings go when they are over. */
export interface Recordings {
  /** Keeps `recording` and resolves at once with the address it can be had from; an upload goes on behind it. */
  keep(recording: Recording, options: KeepOptions): Promise<{ readonly url: string }>
  /** Removes the file of a recording that nobody wants. Never rejects. */
  discard(recording: Recording): Promise<void>
}

/** A recording that was kept. */
export interface KeptCallRecording {
  readonly recording: Recording
  readonly url: string
}

/** A recording of a call, from its order to the file. */
export interface BackgroundRecording {
  /** Resolves when it is over and kept; undefined when nothing is kept. Never rejects. */
  readonly done: Promise<KeptCallRecording | undefined>
  /** Ends it, or its waiting for a beginning. */
  stop(): void
  mask(): void
  unmask(): void
}
