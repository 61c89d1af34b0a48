import { recordInBackground, type KeptCallRecording, type RecordingOrder } from '../../call/index.ts'
import {
  newRecordingSid,
  recordingStatus,
  type RecordingOf,
  type RecordingStatusAttributes,
} from '../recording-status.ts'
import type { Parameters } from '../session.ts'
import { resolveUrl, type RunContext } from '../verb.ts'

/** What `<Dial>` says of the recording of its conversation. */
export interface DialRecording extends RecordingStatusAttributes {
  readonly record: string
  readonly recordingTrack: 'both' | 'inbound' | 'outbound'
  readonly trim: 'trim-silence' | 'do-not-trim'
  readonly recordingUrl?: string
  readonly recordStoreMethod: 'PUT' | 'POST' | 'PATCH'
  readonly timeLimit: number
}

/** The longest that a recording is. */
const mostSeconds = 10_800
const tracks = { both: 'both', inbound: 'says', outbound: 'hears' } as const

/**
 * Records the caller's leg while a `<Dial>` goes on, when that wants to be recorded.
 *
 * @returns ends the recording; resolves with what requests say of it, nothing when there is none
 * @source Twilio <Dial>, `record`; KAZOO kzt_twiml_dial.erl
 */
export function recordDial(attributes: DialRecording, context: RunContext): () => Promise<Parameters> {
  const [, moment, dual] = /^(?:record-from-)?(answer|ringing|true)(-dual)?$/.exec(attributes.record) ?? []
  if (moment === undefined) return async () => ({})
  const { recordingTrack: track, trim, timeLimit } = attributes
  const isDual = dual !== undefined && track === 'both'
  const of: RecordingOf = { channels: isDual ? 2 : 1, source: 'DialVerb', track }
  const sid = newRecordingSid()
  let tell: ReturnType<typeof recordingStatus> | undefined
  const order: RecordingOrder = {
    begins: moment === 'ringing' ? 'at once' : 'when bridged',
    maxMs: Math.min(timeLimit, mostSeconds) * 1_000,
    leastMs: 0,
    channels: isDual ? 'separate' : 'mixed',
    track: tracks[track],
    trim: trim === 'trim-silence',
    followsTransfers: true,
    format: 'wav',
    ...uploadOf(attributes, context),
    onBegun: () => {
      tell = recordingStatus(attributes, sid, of, context)
      tell('in-progress', {})
    },
  }
  const recording = recordInBackground(context.call, order, context.recordings)
  return async () => {
    recording.stop()
    const kept = await recording.done
    if (kept === undefined) tell?.('absent', { RecordingDuration: '0' })
    const said = kept === undefined ? {} : remember(kept, sid, context)
    if (kept !== undefined) tell?.('completed', said)
    return said
  }
}

function remember({ recording, url }: KeptCallRecording, sid: string, { state, log }: RunContext): Parameters {
  log.info('dial.recorded', { durationMs: recording.durationMs })
  state.recordings++
  state.recording = {
    RecordingUrl: url,
    RecordingSid: sid,
    RecordingDuration: String(Math.round(recording.durationMs / 1_000)),
  }
  return state.recording
}

function uploadOf(
  { recordingUrl, recordStoreMethod }: DialRecording,
  { call, state, url }: RunContext,
): Pick<RecordingOrder, 'upload'> {
  if (recordingUrl === undefined) return {}
  const fileName = recordingFileName(call.id, state.recordings + 1)
  return { upload: { url: resolveUrl(recordingUrl, url), method: recordStoreMethod, fileName } }
}

/** KAZOO's name for the recording of a call; the second and later ones of a call are numbered. */
const recordingFileName = (callId: string, number: number): string =>
  `call_recording_${callId}${number === 1 ? '' : `_${number}`}.wav`
