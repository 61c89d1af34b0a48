import type { MessagePort } from 'node:worker_threads'
import type { Whisper } from '../../../call/index.ts'
import type {
  CallRecordSettings,
  MediaAgreement,
  MediaStats,
  MemberSettings,
  Recorded,
  RecordSettings,
} from '../media-port.ts'

/**
 * What the control thread tells a media thread. `leg` and `job` are the control thread's numbers; a job is one play,
 * recording or run of digits. Plain data and shared memory, so that it crosses threads.
 */
export type Command = LegCommand | RoomCommand

export type LegCommand =
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
    }
  /** The leg hears whoever is at the other end of a port, in another thread, and is heard there. */
  | {
      readonly do: 'link'
      readonly leg: number
      readonly job: number
      readonly port: MessagePort
    }
  /** What the leg of a bridge hears from now on while the other one holds. */
  | { readonly do: 'music'; readonly leg: number; readonly job: number; readonly samples: Int16Array }
  | { readonly do: 'recordCall'; readonly leg: number; readonly job: number; readonly settings: CallRecordSettings }
  | { readonly do: 'mask'; readonly leg: number; readonly job: number; readonly isMasked: boolean }
  /** The leg listens to another one of this thread; each has its own job for it. */
  | {
      readonly do: 'eavesdrop'
      readonly leg: number
      readonly job: number
      readonly target: { readonly leg: number; readonly job: number }
    }
  /** Whoever is at the other end of a port, in another thread, listens to the leg. */
  | { readonly do: 'eavesdropFrom'; readonly leg: number; readonly job: number; readonly port: MessagePort }
  /** Of somebody who listens to the leg. */
  | { readonly do: 'speaksTo'; readonly leg: number; readonly job: number; readonly whom: Whisper }
  | { readonly do: 'stop'; readonly leg: number; readonly job: number }
  | { readonly do: 'count'; readonly leg: number; readonly job: number }
  | { readonly do: 'close'; readonly leg: number }

/** What the control thread tells a media thread about a room. `room` is a number like those of legs, and none of these. */
export type RoomCommand =
  | { readonly do: 'openRoom'; readonly room: number }
  /** A leg of the same thread joins. */
  | {
      readonly do: 'enter'
      readonly room: number
      readonly leg: number
      readonly job: number
      readonly as: MemberSettings
    }
  /** A leg joins that another thread has linked to the other end of the port. */
  | {
      readonly do: 'enterFrom'
      readonly room: number
      readonly leg: number
      readonly port: MessagePort
      readonly as: MemberSettings
    }
  | { readonly do: 'change'; readonly room: number; readonly leg: number; readonly as: MemberSettings }
  | {
      readonly do: 'playRoom'
      readonly room: number
      readonly job: number
      readonly samples: Int16Array
      readonly times: number
    }
  | { readonly do: 'recordRoom'; readonly room: number; readonly job: number; readonly settings: RecordSettings }
  | { readonly do: 'stopRoom'; readonly room: number; readonly job: number }
  | { readonly do: 'closeRoom'; readonly room: number }

/** What a media thread tells the control thread. */
export type Report = JobReport | { readonly is: 'roomClosed'; readonly room: number }

/** Of a leg, or of the job of a room, whose number is then in `leg`. Every job is over exactly once. */
export type JobReport =
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
