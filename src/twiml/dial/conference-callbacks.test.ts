import { beforeEach, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../../base/index.ts'
import { Call } from '../../call/index.ts'
import type { ConferenceFact, ConferenceState, ParticipantState } from '../../conferences/index.ts'
import { simulatedLeg } from '../../drivers/simulator/index.ts'
import type { Parameters } from '../session.ts'
import { tellingConference } from './conference-callbacks.ts'

const party = { user: '100', realm: 'a1.example' }
const clock = new VirtualClock()
const { leg } = simulatedLeg({ clock, callId: 'C1', from: party, to: party })
const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }
const call = new Call({ leg, account, number: '100', clock, log: silentLog, observers: [] })

const ann: ParticipantState = {
  id: 1,
  call,
  role: 'moderator',
  label: 'boss',
  isMuted: true,
  isDeaf: false,
  endsConference: true,
  joinedAt: 0,
}
const conference: ConferenceState = {
  id: 'abc',
  accountId: 'A1',
  key: 'standup',
  name: 'Room 1',
  hasBegun: true,
  isLocked: false,
  isRecorded: false,
  createdAt: 0,
  participants: [],
}

let told: { url: string; parameters: Parameters }[]

beforeEach(() => {
  told = []
})

function tells(events: string, ...facts: readonly ConferenceFact[]): void {
  const observe = tellingConference(
    {
      statusCallback: 'https://dev.example/status',
      statusCallbackMethod: 'POST',
      statusCallbackEvent: events,
      recordingStatusCallback: 'https://dev.example/recorded',
      recordingStatusCallbackMethod: 'POST',
      recordingStatusCallbackEvent: 'in-progress completed absent',
      eventCallbackUrl: 'https://dev.example/event',
    },
    (url, _method, parameters) => told.push({ url, parameters }),
  )
  facts.forEach((fact, index) => observe({ ...fact, sequence: index + 1, at: 0 }, conference))
}

const names = (): (string | undefined)[] => told.map(({ parameters }) => parameters['StatusCallbackEvent'])

test('every event has its name, numbers of its own, and says which conference', () => {
  tells(
    'start end join leave mute announcement',
    { type: 'joined', participant: ann },
    { type: 'began' },
    { type: 'muted', participant: ann },
    { type: 'deaf', participant: ann },
    { type: 'unmuted', participant: ann },
    { type: 'announced', media: { kind: 'url', url: 'https://dev.example/a.wav' } },
    { type: 'announcement failed', media: { kind: 'url', url: 'https://dev.example/b.wav' }, code: 'MEDIA_DECODE' },
    { type: 'left', participant: ann, why: 'hung up' },
    { type: 'ended', reason: 'empty', last: ann },
  )
  expect(names()).toEqual([
    'participant-join',
    'conference-start',
    'participant-mute',
    'participant-unmute',
    'announcement-end',
    'announcement-fail',
    'participant-leave',
    'conference-end',
  ])
  expect(told.map(({ parameters }) => parameters['SequenceNumber'])).toEqual('0 1 2 3 4 5 6 7'.split(' '))
  expect(told[0]?.parameters).toEqual({
    ConferenceSid: 'CFabc',
    AccountSid: 'A1',
    FriendlyName: 'Room 1',
    SequenceNumber: '0',
    Timestamp: 'Thu, 01 Jan 1970 00:00:00 +0000',
    StatusCallbackEvent: 'participant-join',
    CallSid: 'C1',
    Muted: 'true',
    Hold: 'false',
    Coaching: 'false',
    EndConferenceOnExit: 'true',
    StartConferenceOnEnter: 'true',
    ParticipantLabel: 'boss',
  })
  expect(told.at(-2)?.parameters).toMatchObject({
    ReasonParticipantLeft: 'participant_hung_up',
    ParticipantCallStatus: 'in-progress',
  })
  expect(told.at(-1)?.parameters).toMatchObject({
    CallSidEndingConference: 'C1',
    ParticipantLabelEndingConference: 'boss',
    ReasonConferenceEnded: 'last-participant-left',
  })
})

test('only what is wanted is told', () => {
  tells(
    'start end',
    { type: 'joined', participant: ann },
    { type: 'began' },
    { type: 'left', participant: ann, why: 'left' },
  )
  expect(names()).toEqual(['conference-start'])
})

test('a recording has one name from its beginning to its end', () => {
  tells(
    'start',
    { type: 'recording began' },
    { type: 'recorded', recordingId: 'r1', url: 'https://pivot.example/r1.wav', durationMs: 4_600, begunAt: 0 },
  )
  const [began, recorded, old] = told.map(({ parameters }) => parameters)
  expect(began).toMatchObject({ RecordingStatus: 'in-progress', RecordingSource: 'Conference' })
  expect(recorded).toMatchObject({
    RecordingStatus: 'completed',
    RecordingSid: began?.['RecordingSid'],
    RecordingUrl: 'https://pivot.example/r1.wav',
    RecordingDuration: '5',
    RecordingChannels: '1',
    ConferenceSid: 'CFabc',
  })
  expect(old).toMatchObject({ RecordingUrl: 'https://pivot.example/r1.wav', Duration: '5', timestamp: '0' })
  expect(told.map(({ url }) => url.replace(/.*\//, ''))).toEqual(['recorded', 'recorded', 'event'])
})

test('a recording that failed is absent', () => {
  tells('start', { type: 'recording began' }, { type: 'recording failed', code: 'RECORDING_FAILED' })
  expect(told[1]?.parameters).toMatchObject({ RecordingStatus: 'absent', RecordingDuration: '0' })
})
