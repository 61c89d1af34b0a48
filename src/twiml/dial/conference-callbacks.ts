import { newId } from '../../base/index.ts'
import { nameOf } from '../../call/index.ts'
import type { ConferenceEvent, ConferenceObserver, ConferenceState, ParticipantState } from '../../conferences/index.ts'
import { twilioDate } from '../date.ts'
import type { Method, Parameters } from '../session.ts'
import type { ConferenceNoun } from './conference-noun.ts'

/** Where somebody is told of a conference; addresses are absolute. */
export type Callbacks = Pick<
  ConferenceNoun,
  | 'statusCallback'
  | 'statusCallbackMethod'
  | 'statusCallbackEvent'
  | 'recordingStatusCallback'
  | 'recordingStatusCallbackMethod'
  | 'recordingStatusCallbackEvent'
  | 'eventCallbackUrl'
>

export const conferenceSid = (id: string): string => `CF${id}`

/**
 * Tells web servers what happens in a conference, as far as they want to know.
 *
 * @source Twilio <Conference>, statusCallback, recordingStatusCallback and eventCallbackUrl
 */
export function tellingConference(
  callbacks: Callbacks,
  notify: (url: string, method: Method, parameters: Parameters) => void,
): ConferenceObserver {
  const { statusCallback, recordingStatusCallback, eventCallbackUrl } = callbacks
  const wanted = new Set(callbacks.statusCallbackEvent.split(/[\s,]+/))
  const wantedOfRecording = new Set(callbacks.recordingStatusCallbackEvent.split(/[\s,]+/))
  let sequence = 0
  let recordingSid = ''
  return (event, conference) => {
    const common = { ConferenceSid: conferenceSid(conference.id), AccountSid: conference.accountId }
    const said = sayingOf(event)
    if (said !== undefined && statusCallback !== undefined && wanted.has(said.event)) {
      notify(statusCallback, callbacks.statusCallbackMethod, {
        ...common,
        FriendlyName: conference.name,
        SequenceNumber: String(sequence++),
        Timestamp: twilioDate(event.at),
        StatusCallbackEvent: said.name,
        ...said.more,
      })
    }
    if (event.type === 'recording began') recordingSid = `RE${newId()}`
    const recording = recordingOf(event, recordingSid, conference)
    if (recording === undefined) return
    if (recordingStatusCallback !== undefined && wantedOfRecording.has(recording.status)) {
      const more = { RecordingStatus: recording.status, RecordingChannels: '1', RecordingSource: 'Conference' }
      notify(recordingStatusCallback, callbacks.recordingStatusCallbackMethod, {
        ...common,
        ...recording.parameters,
        ...more,
      })
    }
    if (eventCallbackUrl !== undefined && event.type === 'recorded') {
      notify(eventCallbackUrl, 'POST', {
        ...common,
        ...recording.parameters,
        Duration: String(seconds(event.durationMs)),
        timestamp: String(Math.round(event.at / 1000)),
      })
    }
  }
}

interface Said {
  /** As `statusCallbackEvent` calls it. */
  readonly event: string
  readonly name: string
  readonly more?: Parameters
}

function sayingOf(event: ConferenceEvent): Said | undefined {
  switch (event.type) {
    case 'began':
      return { event: 'start', name: 'conference-start' }
    case 'ended':
      return { event: 'end', name: 'conference-end', more: endOf(event) }
    case 'joined':
      return { event: 'join', name: 'participant-join', more: participantOf(event.participant) }
    case 'left':
      return { event: 'leave', name: 'participant-leave', more: leaveOf(event) }
    case 'muted':
    case 'unmuted': {
      const name = event.type === 'muted' ? 'participant-mute' : 'participant-unmute'
      return { event: 'mute', name, more: participantOf(event.participant) }
    }
    case 'announced':
      return { event: 'announcement', name: 'announcement-end', more: { AnnounceUrl: nameOf(event.media) } }
    case 'announcement failed':
      return {
        event: 'announcement',
        name: 'announcement-fail',
        more: { AnnounceUrl: nameOf(event.media), ReasonAnnouncementFailed: event.code },
      }
    default:
      return undefined
  }
}

const participantOf = (one: ParticipantState): Parameters => ({
  CallSid: one.call.id,
  Muted: String(one.isMuted),
  Hold: 'false',
  Coaching: 'false',
  EndConferenceOnExit: String(one.endsConference),
  StartConferenceOnEnter: String(one.role === 'moderator'),
  ...(one.label === undefined ? {} : { ParticipantLabel: one.label }),
})

const leaveReasons = {
  'hung up': 'participant_hung_up',
  left: 'participant_hung_up',
  time: 'participant_hung_up',
  kicked: 'participant_updated_via_api',
  moved: 'participant_updated_via_api',
  ended: 'moderator_ended_conference',
} as const

const leaveOf = ({ participant, why }: ConferenceEvent & { type: 'left' }): Parameters => ({
  ...participantOf(participant),
  ParticipantCallStatus: participant.call.leg.ended.aborted ? 'completed' : 'in-progress',
  ReasonParticipantLeft: leaveReasons[why],
})

const endReasons = {
  empty: ['last-participant-left', 'The last participant has left'],
  'participant left': [
    'participant-with-end-conference-on-exit-left',
    'A participant with endConferenceOnExit has left',
  ],
  api: ['conference-ended-via-api', 'The conference was ended by the API'],
} as const

function endOf({ reason, last }: ConferenceEvent & { type: 'ended' }): Parameters {
  const [ReasonConferenceEnded, Reason] = endReasons[reason]
  return {
    ReasonConferenceEnded,
    Reason,
    ...(last === undefined ? {} : { CallSidEndingConference: last.call.id }),
    ...(last?.label === undefined ? {} : { ParticipantLabelEndingConference: last.label }),
  }
}

const seconds = (ms: number): number => Math.round(ms / 1000)

function recordingOf(
  event: ConferenceEvent,
  sid: string,
  { name }: ConferenceState,
): { readonly status: string; readonly parameters: Parameters } | undefined {
  const common = { RecordingSid: sid, FriendlyName: name }
  switch (event.type) {
    case 'recording began':
      return { status: 'in-progress', parameters: { ...common, RecordingStartTime: twilioDate(event.at) } }
    case 'recorded':
      return {
        status: 'completed',
        parameters: {
          ...common,
          RecordingUrl: event.url,
          RecordingDuration: String(seconds(event.durationMs)),
          RecordingStartTime: twilioDate(event.begunAt),
        },
      }
    case 'recording failed':
      return { status: 'absent', parameters: { ...common, RecordingDuration: '0' } }
    default:
      return undefined
  }
}
