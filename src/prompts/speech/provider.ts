import type { AudioFormat } from '../../media/index.ts'
import type { Segment } from './ssml.ts'
import type { Voice } from './voices.ts'

/** Something to be said, ready for any provider. */
export interface SpeechRequest {
  /** Without markup. */
  readonly text: string
  /** A well-formed fragment of SSML, for providers that read it themselves. */
  readonly ssml: string | undefined
  /** The same, taken apart: for all others. */
  readonly segments: readonly Segment[]
  readonly voice: Voice
  /** BCP 47 in lower case (`en-us`). */
  readonly language: string
}

/** What comes of it, piece by piece: samples at 8 kHz, a file to be decoded, or silence. */
export type SpokenPart =
  | { readonly kind: 'samples'; readonly samples: Int16Array }
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly format: AudioFormat }
  | { readonly kind: 'silence'; readonly ms: number }

/** A voice from somewhere. */
export interface SpeechProvider {
  readonly id: string
  /** Can it say this language? Asked before every request: cheap. */
  speaks(language: string): boolean
  /** @throws SPEECH_FAILED, or what the way to the provider failed with */
  synthesize(request: SpeechRequest, signal: AbortSignal): Promise<readonly SpokenPart[]>
}
