import { Type, type Static } from 'typebox'
import { fieldsOf, isFailure, newId, textOf } from '../base/index.ts'
import {
  allKeys,
  collectDigits,
  mediaSource,
  type MediaSource,
  type Recording,
  type Recordings,
} from '../call/index.ts'
import {
  defineAction,
  hangUp,
  notedDocuments,
  type Action,
  type ActionContext,
  type Documents,
  type Next,
} from '../callflow/index.ts'
import type { Conferences, Entry, Role } from '../conferences/index.ts'
import { holdMusic } from '../endpoints/index.ts'
import { readConference, toneOf, usualControls, type ConferencePlan } from './conference-document.ts'
import { mediaScope, playIfPossible, promptSource } from './playback.ts'

export interface ConferencePorts {
  readonly documents: Documents
  readonly conferences: Conferences
  readonly recordings: Recordings
}

const tone = (when: string) =>
  Type.Optional(
    Type.Union([Type.Boolean(), Type.String({ maxLength: 2_048 })], {
      description: `What all hear when somebody ${when}: \`false\` for nothing, or media; as the conference says without`,
    }),
  )

const keys = {
  config: Type.Optional(
    Type.Object({}, { description: 'A conference that no document says: what a document would, by its `name`' }),
  ),
  moderator: Type.Optional(Type.Boolean({ description: 'The caller is a moderator, whatever the PIN says' })),
  welcome_prompt: Type.Optional(
    Type.Object(
      {
        play: Type.Boolean({ default: true, description: 'Whether the caller is welcomed' }),
        media_id: Type.Optional(
          Type.String({ maxLength: 2_048, description: 'With what, instead of the usual prompt' }),
        ),
      },
      { description: 'What the caller hears first' },
    ),
  ),
  play_entry_tone: tone('comes'),
  play_exit_tone: tone('goes'),
}

const data = Type.Object({
  id: Type.Optional(
    Type.String({ maxLength: 128, description: 'The conference; without it and `config` the caller is asked' }),
  ),
  ...keys,
})
type ConferenceData = Static<typeof data>

const source = 'KAZOO cf_conference.erl, conf_discovery_req.erl; schemas callflows.conference, conferences'

/** Differs from KAZOO: `require_moderator` and `wait_for_moderator` are kept. */
export const conference = (ports: ConferencePorts): Action =>
  defineAction({
    module: 'conference',
    summary: 'Lets the caller meet others in a conference, after its PIN; the call ends with it.',
    source,
    data,
    children: {},
    example: {
      module: 'conference',
      data: { config: { name: 'Standup', member: { pins: ['1234'] } }, play_entry_tone: false },
    },
    run: (asked, context) => meet(asked, context, ports),
  })

export const conferenceFeature = (ports: ConferencePorts): Action =>
  defineAction({
    module: 'conference_feature',
    summary: 'Lets the caller meet others in the conference that the dialled code ends with.',
    source: `${source}; cf_conference_feature.erl`,
    data: Type.Object(keys),
    children: {},
    example: { module: 'conference_feature', data: {} },
    run: (asked, context) => {
      const { captureGroup: id } = context.call.variables
      return meet({ ...asked, ...(id === undefined || id === '' ? {} : { id }) }, context, ports)
    },
  })

const mostDigits = 16
const tries = 3
const numberMs = 5_000
const beep: MediaSource = { kind: 'tone', spec: '%(500,0,440)' }
const longestNameMs = 5_000
const nameSilenceMs = 2_000

async function meet(asked: ConferenceData, context: ActionContext, ports: ConferencePorts): Promise<Next> {
  const { call } = context
  await call.leg.answer()
  const named = await planOf(asked, context, ports)
  if (asked.welcome_prompt?.play !== false && named?.saysWelcome !== false) {
    const own = mediaSource(asked.welcome_prompt?.media_id, mediaScope(context))
    await say(context, own ?? promptSource(context, 'conf-welcome'))
  }
  const found = named === undefined ? await askWhich(asked, context, ports) : { plan: named, role: undefined }
  if (found === undefined) return hangUp()
  const { plan } = found
  const byPin = await askPin(plan, found.role, context)
  if (byPin === undefined) return hangUp()
  await attend(plan, asked.moderator === true ? 'moderator' : byPin, asked, context, ports)
  return hangUp()
}

/** The conference that the node names; undefined when it names none. */
async function planOf(
  { id, config }: ConferenceData,
  context: ActionContext,
  { documents }: ConferencePorts,
): Promise<ConferencePlan | undefined> {
  const { call } = context
  if (config !== undefined) {
    const key = textOf(fieldsOf(config)['name']) ?? newId()
    return readConference(config, key, context, { isStored: false })
  }
  if (id === undefined || id === '') return undefined
  const document = await notedDocuments(documents, call).get(call.account.id, 'conferences', id)
  return document === undefined ? undefined : readConference(document, id, context, { isStored: true })
}

interface Found {
  readonly plan: ConferencePlan
  /** Whose number it is. */
  readonly role: Role | undefined
}

/** Asks for the number of a conference, until there is one or nothing more is tried. */
async function askWhich(
  { id }: ConferenceData,
  context: ActionContext,
  { documents }: ConferencePorts,
): Promise<Found | undefined> {
  if (id !== undefined) await say(context, promptSource(context, 'conf-bad_conf'))
  const stored = await documents.list(context.call.account.id, 'conferences')
  const plans = stored.map((document) => readConference(document, document.id, context, { isStored: true }))
  for (let attempt = 0; attempt < tries; attempt++) {
    const number = await askDigits(promptSource(context, 'conf-enter_conf_number'), numberMs, context)
    const plan = plans.find(({ numbers, member, moderator }) =>
      [numbers, member.numbers, moderator.numbers].some((some) => some.includes(number)),
    )
    if (plan !== undefined && number !== '') return { plan, role: roleOfNumber(number, plan) }
    await say(context, promptSource(context, 'conf-bad_conf'))
  }
  await say(context, promptSource(context, 'conf-too_many_attempts'))
  return undefined
}

function roleOfNumber(number: string, { numbers, member, moderator }: ConferencePlan): Role | undefined {
  if (numbers.includes(number)) return undefined
  const [isMember, isModerator] = [member.numbers.includes(number), moderator.numbers.includes(number)]
  if (isMember === isModerator) return undefined
  return isMember ? 'member' : 'moderator'
}

/** Asks for a PIN where there is one, and says what the caller is; undefined when nothing more is tried. */
async function askPin(plan: ConferencePlan, role: Role | undefined, context: ActionContext): Promise<Role | undefined> {
  const { member, moderator, pinMs, language } = plan
  const roles = role === undefined ? (['member', 'moderator'] as const) : [role]
  if (roles.every((one) => plan[one].pins.length === 0)) return role ?? 'member'
  for (let attempt = 0; attempt < tries; attempt++) {
    const pin = await askDigits(promptSource(context, 'conf-enter_conf_pin', language), pinMs, context)
    const found = roles.find((one) => plan[one].pins.includes(pin))
    if (found !== undefined) return found
    if (pin === '' && role === undefined && member.pins.length === 0 && moderator.pins.length > 0) return 'member'
    await say(context, promptSource(context, 'conf-bad_pin', language))
  }
  await say(context, promptSource(context, 'conf-too_many_attempts', language))
  return undefined
}

async function askDigits(prompt: MediaSource, ms: number, { call, clock, signal }: ActionContext): Promise<string> {
  const options = { clock, signal, most: mostDigits, firstDigitMs: ms, interDigitMs: ms, terminators: '#' }
  const { digits } = await collectDigits(call.leg, { ...options, prompt: [prompt] })
  return digits
}

async function attend(
  plan: ConferencePlan,
  role: Role,
  asked: ConferenceData,
  context: ActionContext,
  ports: ConferencePorts,
): Promise<void> {
  const { call, signal, log } = context
  const name = plan.saysNames ? await recordName(plan, context) : undefined
  const discard = (): void => void (name === undefined ? undefined : ports.recordings.discard(name))
  const music = await holdMusic(call, notedDocuments(ports.documents, call))
  try {
    await ports.conferences.attend(
      call,
      { ...entryOf(plan, role, asked, name, music, context), onGone: discard },
      signal,
    )
  } catch (error) {
    if (isFailure(error, 'CONFERENCE_FULL')) await say(context, plan.fullMedia)
    else if (isFailure(error, 'CONFERENCE_LOCKED')) {
      await say(context, promptSource(context, 'fault-can_not_be_completed_at_this_time', plan.language))
    } else throw error
    log.info('conference.refused', { code: error.code })
    discard()
  }
}

function entryOf(
  plan: ConferencePlan,
  role: Role,
  asked: ConferenceData,
  name: Recording | undefined,
  music: MediaSource,
  context: ActionContext,
): Entry {
  const { key, name: conferenceName, mostParticipants, waitsForModerator, needsModerator } = plan
  const { joinsMuted, joinsDeaf, isTold } = plan[role]
  const { leg } = context.call
  const prompt = (of: string): MediaSource => promptSource(context, of, plan.language)
  const said = (of: string): MediaSource[] =>
    name === undefined ? [] : [{ kind: 'recording', id: name.id, path: name.path }, prompt(of)]
  return {
    conference: {
      key,
      name: conferenceName,
      mostParticipants,
      waitsForModerator,
      needsModerator,
      staysOpen: false,
    },
    role,
    endsConference: false,
    isMuted: joinsMuted,
    isDeaf: joinsDeaf,
    welcome: isTold ? [prompt('conf-joining_conference')] : [],
    alone: [prompt('conf-alone')],
    arrival: [...toneOf([asked.play_entry_tone, plan.entryTone], 'entry', context), ...said('conf-has_joined')],
    departure: [...toneOf([asked.play_exit_tone, plan.exitTone], 'exit', context), ...said('conf-has_left')],
    notices: {
      mute: prompt('conf-muted'),
      unmute: prompt('conf-unmuted'),
      deaf: prompt('conf-deaf'),
      undeaf: prompt('conf-undeaf'),
    },
    controls: usualControls,
    wait: (until) => leg.play(music, { signal: until, times: Infinity }),
  }
}

async function recordName({ language }: ConferencePlan, context: ActionContext): Promise<Recording> {
  const { call, signal } = context
  await say(context, promptSource(context, 'vm-record_name', language))
  await say(context, beep)
  const options = { signal, maxMs: longestNameMs, silenceMs: nameSilenceMs, endKeys: allKeys, trim: true }
  return call.leg.record(options)
}

async function say(context: ActionContext, prompt: MediaSource): Promise<void> {
  await playIfPossible(context, [prompt], { keepsDigits: false })
}
