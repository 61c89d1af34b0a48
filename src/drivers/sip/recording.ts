import { Hangup, type Digit, type RecordingEnd } from '../../call/index.ts'
import type { Recorded } from './media-port.ts'

/** A recording that is going on. */
export interface RunningRecording {
  readonly endKeys: string
  /** The key that ended it. */
  key: Digit | undefined
  readonly stop: () => void
}

/** Why a recording was over, as a call sees it. */
export function recordingEnd(why: Recorded['endedBy'], key: Digit | undefined, stopReason: unknown): RecordingEnd {
  if (why === 'silence' || why === 'limit') return why
  if (key !== undefined) return 'key'
  return why === 'closed' || stopReason instanceof Hangup ? 'hangup' : 'stopped'
}
