import type { ConferenceState, Conferences, ParticipantState, Role } from '../conferences/index.ts'
import { notFound } from './accept.ts'
import type { LiveRules } from './collections/collection.ts'
import { toGregorian } from './paging.ts'
import type { ApiPorts } from './ports.ts'

/** A conference that goes on. */
export type LiveConference = ReturnType<Conferences['list']>[number]

/** By the id of its document, by its own id, or by its name, in this order. */
export function liveConference(
  accountId: string,
  named: string,
  { conferences }: ApiPorts,
): LiveConference | undefined {
  return byName(conferences.list(accountId)).get(named)
}

/** Of several with the same name, it is the oldest one's. */
function byName(live: readonly LiveConference[]): ReadonlyMap<string, LiveConference> {
  const all = live.toReversed().map((conference) => ({ conference, state: conference.state }))
  const entries = (['name', 'id', 'key'] as const).flatMap((key) =>
    all.map(({ conference, state }) => [state[key], conference] as const),
  )
  return new Map(entries)
}

/** The participant of an id, or of a call. @throws API_NOT_FOUND */
export function participantOf({ name, participants }: ConferenceState, named: string): ParticipantState {
  const found =
    participants.find(({ id }) => String(id) === named) ?? participants.find(({ call }) => call.id === named)
  if (found === undefined) throw notFound(`participant ${named} of the conference ${name}`)
  return found
}

type Told = Readonly<Record<string, unknown>>

const secondsSince = (ms: number, { clock }: ApiPorts): number => Math.floor((clock.now() - ms) / 1000)

/** @source KAZOO cb_conferences.erl, enrich_participants; `label` and `ends_conference` are ours */
export function participantTold(
  { name, id: uuid }: ConferenceState,
  { id, call, role, label, isMuted, isDeaf, endsConference, joinedAt }: ParticipantState,
  ports: ApiPorts,
): Told {
  return {
    participant_id: id,
    call_id: call.id,
    caller_id_name: call.variables.callerIdName,
    caller_id_number: call.variables.callerIdNumber,
    conference_name: name,
    conference_uuid: uuid,
    is_moderator: role === 'moderator',
    speak: !isMuted,
    hear: !isDeaf,
    video: false,
    join_time: toGregorian(joinedAt),
    duration: secondsSince(joinedAt, ports),
    label,
    ends_conference: endsConference,
  }
}

/** @source KAZOO cb_conferences.erl, empty_realtime_data */
const idle: Told = { members: 0, moderators: 0, duration: 0, is_locked: false }

function summaryOf(conference: LiveConference | undefined, ports: ApiPorts): Told {
  if (conference === undefined) return idle
  const { id, name, isLocked, isRecorded, createdAt, participants } = conference.state
  const count = (wanted: Role): number => participants.filter(({ role }) => role === wanted).length
  return {
    members: count('member'),
    moderators: count('moderator'),
    duration: secondsSince(createdAt, ports),
    is_locked: isLocked,
    is_recorded: isRecorded,
    conference_name: name,
    conference_uuid: id,
  }
}

/** What goes on in the conferences that documents name, and in those that have none. */
export const liveConferences: LiveRules = {
  summaries(accountId, ports) {
    const live = new Map(ports.conferences.list(accountId).map((conference) => [conference.state.key, conference]))
    return (id) => summaryOf(live.get(id), ports)
  },
  details(accountId, id, ports) {
    const conference = liveConference(accountId, id, ports)
    const { state } = conference ?? {}
    const participants = state?.participants.map((participant) => participantTold(state, participant, ports)) ?? []
    return { ...summaryOf(conference, ports), participants }
  },
  goesOn: (accountId, id, ports) => liveConference(accountId, id, ports) !== undefined,
  ids: (accountId, { conferences }) => conferences.list(accountId).map(({ state }) => state.key),
}
