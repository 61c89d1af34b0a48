import Type, { type Static } from 'typebox'
import { attributeReader, method, recognised, url } from '../attributes.ts'
import { checkInside } from '../check.ts'
import { childrenOf, textOf, type Position, type TwimlElement } from '../document.ts'
import { codes, type Warn } from '../warnings.ts'

const event = '(?:start|end|join|leave|mute|hold|modify|speaker|announcement)'
const recordingEvent = '(?:in-progress|completed|absent)'
const listOf = (one: string): string => `^${one}(?:[\\s,]+${one})*$`

const attributes = Type.Object({
  muted: Type.Boolean({ default: false, description: 'Whether the caller is not heard' }),
  deaf: Type.Boolean({ default: false, description: 'Whether the caller hears nothing (KAZOO)' }),
  beep: Type.Enum(['true', 'false', 'onEnter', 'onExit'], {
    default: 'true',
    description: 'When all hear a tone',
  }),
  startConferenceOnEnter: Type.Boolean({
    default: true,
    description: 'Whether the conference begins with the caller; until it has begun, everybody waits',
  }),
  endConferenceOnExit: Type.Boolean({ default: false, description: 'Whether it ends with the caller' }),
  participantLabel: Type.Optional(
    Type.String({ pattern: '^[\\s\\S]{1,128}$', description: 'What status callbacks call the caller' }),
  ),
  waitUrl: url('What is heard while waiting: a document, or audio; empty = silence; music when absent'),
  waitMethod: method,
  maxParticipants: Type.Integer({ default: 250, minimum: 2, maximum: 250, description: 'How many can come' }),
  record: Type.Enum(['do-not-record', 'record-from-start', 'true', 'false'], {
    default: 'do-not-record',
    description: 'Whether it is recorded from its beginning',
  }),
  trim: Type.Enum(['trim-silence', 'do-not-trim'], {
    default: 'trim-silence',
    description: 'Whether silence at the beginning and the end is left out of the recording',
  }),
  statusCallback: url('Who is told, in the background, what happens in it'),
  statusCallbackMethod: method,
  statusCallbackEvent: Type.String({
    default: 'start end',
    pattern: listOf(event),
    description: 'Which of `start`, `end`, `join`, `leave`, `mute` and `announcement` are told',
  }),
  recordingStatusCallback: url('Who is told, in the background, how the recording goes'),
  recordingStatusCallbackMethod: method,
  recordingStatusCallbackEvent: Type.String({
    default: 'completed',
    pattern: listOf(recordingEvent),
    description: 'Which of `in-progress`, `completed` and `absent` are told',
  }),
  eventCallbackUrl: url('Who is told of the recording, in the way of old'),
  id: Type.Optional(
    Type.String({ pattern: '^\\S{1,128}$', description: 'Which conference it is, when not that of the name (KAZOO)' }),
  ),
  coach: recognised('Whose call is whispered to'),
  region: recognised('Where it is mixed'),
  jitterBufferSize: recognised('How much jitter is evened out'),
  recordingConfigurationId: recognised('A configuration kept at Twilio'),
  endConferenceOnLastMemberExit: recognised('Whether it ends with the last of these (KAZOO)'),
  profileName: recognised('Which set of settings (KAZOO)'),
  play_name: recognised('Whether names are said (KAZOO)'),
  play_entry_prompt: recognised('Whether the caller is told that they join (KAZOO)'),
  announceCount: recognised('From how many on their number is said (KAZOO)'),
  callerControls: recognised('What keys do (KAZOO)'),
  moderatorControls: recognised('What keys of moderators do (KAZOO)'),
  callerIdName: recognised('How the conference is shown (KAZOO)'),
  callerIdNumber: recognised('How the conference is shown (KAZOO)'),
  comfortNoise: recognised('How loud silence is (KAZOO)'),
  energyLevel: recognised('How loud speech is (KAZOO)'),
  interval: recognised('Milliseconds of each frame (KAZOO)'),
  rate: recognised('Samples a second (KAZOO)'),
  engine: recognised('Who speaks (KAZOO)'),
  voice: recognised('Who speaks (KAZOO)'),
})

const read = attributeReader('Conference', attributes, {
  muted: 13230,
  endConferenceOnExit: 13231,
  startConferenceOnEnter: 13232,
  waitUrl: 13233,
  waitMethod: 13234,
  statusCallback: codes.badUrl,
  recordingStatusCallback: codes.badUrl,
  eventCallbackUrl: codes.badUrl,
})

/** A conference that a Dial leads to. References are still relative to the document. */
export interface ConferenceNoun extends Static<typeof attributes> {
  readonly at: Position
  readonly name: string
  /** `waitUrl=""`: silence. */
  readonly waitsInSilence: boolean
}

/** The `<Conference>` of a Dial; what stands beside it is warned of. */
export function readConference(dial: TwimlElement, warn: Warn): ConferenceNoun | undefined {
  const [element, ...others] = [
    ...childrenOf(dial).filter(({ name }) => name === 'Conference'),
    ...childrenOf(dial).filter(({ name }) => name !== 'Conference'),
  ]
  if (element?.name !== 'Conference') return undefined
  for (const other of others)
    warn(other, codes.dialMixed, `<${other.name}> cannot stand beside <Conference>: it is skipped`)
  const values = read(element, warn)
  checkInside(element, warn)
  for (const [attribute, why] of Object.entries(notDone)) {
    const at = element.places[attribute]
    if (at !== undefined) warn(at, attribute === 'coach' ? codes.coach : codes.schema, why)
  }
  const name = textOf(element)
  if (name === '') {
    warn(element, codes.schema, '<Conference> has no name: it is skipped')
    return undefined
  }
  return { ...values, at: element, name, waitsInSilence: element.attributes['waitUrl']?.trim() === '' }
}

const notDone = {
  coach: 'nobody can be whispered to yet: whoever coaches is heard by all',
  jitterBufferSize: 'jitterBufferSize has no effect: the delay follows the jitter',
  region: 'region has no effect: the conference is where the server is',
} as const
