import { Type, type Static } from 'typebox'
import { mediaSource, type MediaSource } from '../call/index.ts'
import type { ConferenceState, ParticipantState } from '../conferences/index.ts'
import { notFound } from './accept.ts'
import { accepted, Message, missing } from './channels.ts'
import { liveConference, participantOf, participantTold, type LiveConference } from './live-conferences.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type Asked, type DataAnswer, type Route } from './route.ts'

const Participant = Type.Object(
  {
    participant_id: Type.Integer({ description: 'Counts from 1 within the conference.' }),
    call_id: Type.String({ description: 'The call: it is a channel too.' }),
    is_moderator: Type.Boolean(),
    speak: Type.Boolean({ description: 'Not muted.' }),
    hear: Type.Boolean({ description: 'Not deaf.' }),
    join_time: Type.Integer({ description: 'Gregorian seconds.' }),
    duration: Type.Integer({ description: 'Seconds.' }),
  },
  { additionalProperties: true },
)

const media_id = Type.Optional(
  Type.String({ minLength: 1, maxLength: 2_048, description: 'Of `play`: media of the account, or an address.' }),
)
const ConferenceAction = Type.Object(
  {
    action: Type.Enum(['lock', 'unlock', 'play', 'record', 'end'], {
      description:
        '`lock`: nobody else comes in; `play`: all hear it, after what is played already; `record`: begins or stops a ' +
        'recording; `end` (ours): all are let go.',
    }),
    data: Type.Optional(
      Type.Object(
        {
          media_id,
          action: Type.Optional(Type.Enum(['start', 'stop'], { description: 'Of `record`: `start` when absent.' })),
        },
        { additionalProperties: true },
      ),
    ),
  },
  { additionalProperties: true },
)
const ParticipantAction = Type.Object(
  {
    action: Type.Enum(['mute', 'unmute', 'deaf', 'undeaf', 'kick', 'play']),
    data: Type.Optional(Type.Object({ media_id }, { additionalProperties: true })),
  },
  { additionalProperties: true },
)
type ParticipantAction = Static<typeof ParticipantAction>

/** @throws API_NOT_FOUND when nobody is in it */
function conferenceOf({ accountId, params }: OfConference, ports: ApiPorts): LiveConference {
  const found = liveConference(accountId, params.conferenceId, ports)
  if (found !== undefined) return found
  throw notFound(`conference ${params.conferenceId} on node ${ports.node}: nobody is in it, or another node has it`)
}

type OfConference = Pick<Asked<{ readonly conferenceId: string }>, 'accountId' | 'params'>

/** @throws API_INVALID when it names none */
function mediaOf({ data }: Pick<ParticipantAction, 'data'>, { accountId, participants }: ConferenceState): MediaSource {
  const language = participants[0]?.call.variables.language ?? 'en-us'
  const media = mediaSource(data?.media_id, { accountId, language })
  if (media === undefined) throw missing('data/media_id', "action 'play' requires a media ID or URL")
  return media
}

function steer(conference: LiveConference, body: Static<typeof ConferenceAction>): DataAnswer {
  switch (body.action) {
    case 'lock':
    case 'unlock':
      conference.lock(body.action === 'lock')
      break
    case 'play':
      void conference.announce(mediaOf(body, conference.state))
      break
    case 'record':
      if (body.data?.action === 'stop') conference.stopRecording()
      else conference.record({ trim: false })
      break
    case 'end':
      conference.end('api')
  }
  return accepted('ok')
}

/** What an action makes of somebody. */
const settings = {
  mute: { isMuted: true },
  unmute: { isMuted: false },
  deaf: { isDeaf: true },
  undeaf: { isDeaf: false },
} as const

function steerOne(conference: LiveConference, { id }: ParticipantState, body: ParticipantAction): void {
  if (body.action === 'kick') conference.kick(id)
  else if (body.action === 'play') conference.tellOne(id, mediaOf(body, conference.state))
  else conference.changeById(id, settings[body.action])
}

/** @source KAZOO cb_conferences.erl, handle_participants_action: only `kick` and `play` are for moderators too */
function steerAll(conference: LiveConference, body: ParticipantAction): DataAnswer {
  if (body.action === 'play') return steer(conference, { ...body, action: 'play' })
  const { participants } = conference.state
  const meant = participants.filter(({ role }) => body.action === 'kick' || role !== 'moderator')
  for (const participant of meant) steerOne(conference, participant, body)
  return accepted('ok')
}

const source = 'KAZOO cb_conferences.erl'
const url = '/v2/accounts/:accountId/conferences/:conferenceId'

export const conferenceRoutes: readonly Route[] = [
  defineRoute({
    method: 'PUT',
    url,
    summary: 'Locks, unlocks, records or ends a conference that goes on, or lets all in it hear something.',
    source: `${source}; \`end\` is ours`,
    scope: 'calls',
    params: accountParams('conferenceId'),
    body: ConferenceAction,
    answer: Message,
    example: { action: 'play', data: { media_id: 'https://shop.example/closing.wav' } },
    async run(asked, ports) {
      const conference = conferenceOf(asked, ports)
      asked.log.info('api.conference-changed', { accountId: asked.accountId, action: asked.body.action })
      return steer(conference, asked.body)
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/participants`,
    summary: 'Who is in a conference, which its document, its own id or its name says.',
    source,
    scope: 'read',
    params: accountParams('conferenceId'),
    answer: Type.Array(Participant),
    async run(asked, ports) {
      const { accountId, params } = asked
      const state = liveConference(accountId, params.conferenceId, ports)?.state
      const document = state ?? (await ports.documents.find(accountId, 'conferences', params.conferenceId))
      if (document === undefined) throw notFound(`conference ${params.conferenceId}`)
      const told = state?.participants.map((participant) => participantTold(state, participant, ports)) ?? []
      return { data: told, page: { size: told.length } }
    },
  }),
  defineRoute({
    method: 'PUT',
    url: `${url}/participants`,
    summary: 'Mutes or unmutes all members of a conference, makes them deaf or no longer so; throws everybody out.',
    source,
    scope: 'calls',
    params: accountParams('conferenceId'),
    body: ParticipantAction,
    answer: Message,
    example: { action: 'mute' },
    async run(asked, ports) {
      const conference = conferenceOf(asked, ports)
      asked.log.info('api.participants-changed', { accountId: asked.accountId, action: asked.body.action })
      return steerAll(conference, asked.body)
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/participants/:participantId`,
    summary: 'Somebody in a conference, by the number of the participant or the call id.',
    source: `${source}; by call id is ours`,
    scope: 'read',
    params: accountParams('conferenceId', 'participantId'),
    answer: Participant,
    async run(asked, ports) {
      const { state } = conferenceOf(asked, ports)
      return { data: participantTold(state, participantOf(state, asked.params.participantId), ports) }
    },
  }),
  defineRoute({
    method: 'PUT',
    url: `${url}/participants/:participantId`,
    summary: 'Mutes somebody in a conference, makes them deaf, throws them out, or lets them alone hear something.',
    source,
    scope: 'calls',
    params: accountParams('conferenceId', 'participantId'),
    body: ParticipantAction,
    answer: Message,
    example: { action: 'kick' },
    async run(asked, ports) {
      const conference = conferenceOf(asked, ports)
      const participant = participantOf(conference.state, asked.params.participantId)
      const { action } = asked.body
      asked.log.info('api.participants-changed', { accountId: asked.accountId, action, callId: participant.call.id })
      steerOne(conference, participant, asked.body)
      return accepted('ok')
    },
  }),
]
