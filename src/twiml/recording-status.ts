import Type from 'typebox'
import { newId } from '../base/index.ts'
import { method, url } from './attributes.ts'
import { twilioDate } from './date.ts'
import type { Method, Parameters } from './session.ts'
import { resolveUrl, type RunContext } from './verb.ts'

/** The attributes by which a verb that records says who is told of it. */
export const recordingStatusAttributes = {
  recordingStatusCallback: url('Who is told, in the background, how the recording goes'),
  recordingStatusCallbackMethod: method,
  recordingStatusCallbackEvent: Type.String({
    default: 'completed',
    pattern: '^(?:in-progress|completed|absent)(?:[\\s,]+(?:in-progress|completed|absent))*$',
    description: 'Which of `in-progress`, `completed` and `absent` are told',
  }),
}

export interface RecordingStatusAttributes {
  readonly recordingStatusCallback?: string
  readonly recordingStatusCallbackMethod: Method
  readonly recordingStatusCallbackEvent: string
}

/** What a recording is of. */
export interface RecordingOf {
  readonly channels: 1 | 2
  readonly source: 'RecordVerb' | 'DialVerb'
  readonly track: 'inbound' | 'outbound' | 'both'
}

type RecordingStatus = 'in-progress' | 'completed' | 'absent'

export const newRecordingSid = (): string => `RE${newId()}`

/** Tells the web server how a recording goes that begins now. @source Twilio, parameters of a recordingStatusCallback */
export function recordingStatus(
  { recordingStatusCallback: callback, ...attributes }: RecordingStatusAttributes,
  sid: string,
  { channels, source, track }: RecordingOf,
  context: RunContext,
): (status: RecordingStatus, more: Parameters) => void {
  const { recordingStatusCallbackMethod: method, recordingStatusCallbackEvent: events } = attributes
  const wanted = events.split(/[\s,]+/)
  const startedAt = context.clock.now()
  return (status, more) => {
    if (callback === undefined || !wanted.includes(status)) return
    context.notify(resolveUrl(callback, context.url), method, {
      AccountSid: context.call.account.id,
      CallSid: context.call.id,
      RecordingSid: sid,
      RecordingStatus: status,
      RecordingChannels: String(channels),
      RecordingSource: source,
      RecordingTrack: track,
      RecordingStartTime: twilioDate(startedAt),
      ...more,
    })
  }
}
