import type { MessagePort } from 'node:worker_threads'
import type { MediaAgreement, MediaStats, Recorded, RecordSettings } from '../media-port.ts'

/**
 * What the control thread tells a media thread. `leg` and `job` are the control thread's numbers; a job is one play,
 * recording or run of digits. Plain data and shared memory, so that it crosses threads.
 */
export type Command =
  | { readonly do: 'open'; readonly leg: number; readonly host: string; readonly port: number }
  | { readonly do: 'agree'; readonly leg: number; readonly agreement: MediaAgreement }
  | {
      readonly do: 'play'
      readonly leg: number
      readonly job: number
      readonly sound: Uint8Array
      readonly times: number
    }
  /** The same sound in another law, from the same place on. */
  | { readonly do: 'swap'; readonly leg: number; readonly job: number; readonly sound: Uint8Array }
  | { readonly do: 'record'; readonly leg: number; readonly job: number; readonly settings: RecordSettings }
  | {
      readonly do: 'press'
      readonly leg: number
      readonly job: number
      readonly keys: string
      readonly durationMs: number
    }
  /** Two legs of this thread hear each other; each has its own job for it. */
  | {
      readonly do: 'bridge'
      readonly leg: number
      readonly job: number
      readonly other: { readonly leg: number; readonly job: number }
      readonly holdMusic: Int16Array | undefined
    }
  /** The leg hears whoever is at the other end of a port, in another thread, and is heard there. */
  | {
      readonly do: 'link'
      readonly leg: number
      readonly job: number
      readonly port: MessagePort
      readonly holdMusic: Int16Array | undefined
    }
  | { readonly do: 'stop'; readonly leg: number; readonly job: number }
  | { readonly do: 'count'; readonly leg: number; readonly job: number }
  | { readonly do: 'close'; readonly leg: number }

/** What a media thread tells the control thread. Every job is over exactly once. */
export type Report =
  | { readonly is: 'opened'; readonly leg: number; readonly port: number }
  | { readonly is: 'unopened'; readonly leg: number; readonly code: string; readonly problem: string }
  | { readonly is: 'over'; readonly leg: number; readonly job: number; readonly how: 'finished' | 'stopped' }
  | { readonly is: 'recorded'; readonly leg: number; readonly job: number; readonly recorded: Recorded }
  | { readonly is: 'failed'; readonly leg: number; readonly job: number; readonly problem: string }
  | { readonly is: 'counted'; readonly leg: number; readonly job: number; readonly stats: MediaStats }
  | { readonly is: 'key'; readonly leg: number; readonly key: string; readonly durationMs: number }
  | { readonly is: 'inactive'; readonly leg: number }
  | { readonly is: 'closed'; readonly leg: number; readonly stats: MediaStats }

/** All media runs in frames of 20 ms at 8 kHz, whatever packet time the far end prefers (RFC 3551 section 4.2). */
export const frameMs = 20
export const frameSamples = 160
export const samplesPerMs = 8
