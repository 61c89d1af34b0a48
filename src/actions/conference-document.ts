import { fieldsOf, flagOf, integerOf, textOf, textsOf } from '../base/index.ts'
import { mediaSource, type MediaSource } from '../call/index.ts'
import type { ActionContext } from '../callflow/index.ts'
import type { Control } from '../conferences/index.ts'
import { mediaScope, promptSource } from './playback.ts'

/** What holds for members, and what for moderators. */
export interface ConferenceRole {
  readonly numbers: readonly string[]
  readonly pins: readonly string[]
  readonly joinsMuted: boolean
  readonly joinsDeaf: boolean
  readonly isTold: boolean
}

/** A conference as its document has it, with everything that is missing filled in. */
export interface ConferencePlan {
  /** Who names the same meets in the same conference. */
  readonly key: string
  readonly name: string
  readonly numbers: readonly string[]
  readonly member: ConferenceRole
  readonly moderator: ConferenceRole
  readonly mostParticipants: number
  readonly fullMedia: MediaSource
  readonly entryTone: unknown
  readonly exitTone: unknown
  readonly saysNames: boolean
  readonly saysWelcome: boolean
  readonly needsModerator: boolean
  readonly waitsForModerator: boolean
  readonly pinMs: number
  /** What is said in it. */
  readonly language: string
}

const mostParticipants = 250
const usualPinMs = 5_000
const longestPinMs = 60_000

/** @source KAZOO schema conferences; kapps_conference.erl, conf_config_req.erl */
export function readConference(
  document: unknown,
  key: string,
  context: Pick<ActionContext, 'call'>,
  { isStored }: { readonly isStored: boolean },
): ConferencePlan {
  const fields = fieldsOf(document)
  const language = textOf(fields['language'])?.toLowerCase() ?? context.call.variables.language
  const full = mediaSource(textOf(fields['max_members_media']), mediaScope(context))
  const most = integerOf(fields['max_participants']) ?? 0
  const needsModerator = flagOf(fields['require_moderator']) ?? false
  return {
    key,
    name: textOf(fields['name']) ?? key,
    numbers: textsOf(fields['conference_numbers']),
    // KAZOO's schema has members of stored conferences come in muted.
    member: readRole(fields['member'], isStored),
    moderator: readRole(fields['moderator'], false),
    mostParticipants: most > 0 ? Math.min(most, mostParticipants) : mostParticipants,
    fullMedia: full ?? promptSource(context, 'conf-max_participants', language),
    entryTone: fields['play_entry_tone'],
    exitTone: fields['play_exit_tone'],
    saysNames: flagOf(fields['play_name']) ?? false,
    saysWelcome: flagOf(fields['play_welcome']) ?? true,
    needsModerator,
    waitsForModerator: needsModerator || (flagOf(fields['wait_for_moderator']) ?? false),
    pinMs: Math.min(Math.max(integerOf(fields['pin_timeout']) ?? usualPinMs, 1), longestPinMs),
    language,
  }
}

function readRole(value: unknown, isMuted: boolean): ConferenceRole {
  const fields = fieldsOf(value)
  return {
    numbers: textsOf(fields['numbers']),
    pins: textsOf(fields['pins']),
    joinsMuted: flagOf(fields['join_muted']) ?? isMuted,
    joinsDeaf: flagOf(fields['join_deaf']) ?? false,
    isTold: flagOf(fields['play_entry_prompt']) ?? true,
  }
}

/** @source KAZOO default profile and controls of mod_conference */
export const usualTones = {
  entry: 'v=-7;>=2;+=.1;%(300,0,523,659);v=-7;>=3;+=.1;%(800,0,659,783)',
  exit: 'v=-7;>=2;+=.1;%(300,0,523,440);v=-7;>=3;+=.1;%(800,0,349,440)',
} as const

/** What a tone is: the first of `said` that says something; `false` is none, `true` the usual one, text is media. */
export function toneOf(
  said: readonly unknown[],
  usual: keyof typeof usualTones,
  context: Pick<ActionContext, 'call'>,
): readonly MediaSource[] {
  const value = said.find((one) => flagOf(one) !== undefined || textOf(one) !== undefined)
  if (flagOf(value) === false) return []
  const media = flagOf(value) === true ? undefined : mediaSource(textOf(value), mediaScope(context))
  return [media ?? { kind: 'tone', spec: usualTones[usual] }]
}

export const usualControls: ReadonlyMap<string, Control> = new Map([
  ['*1', 'toggle-mute'],
  ['*2', 'mute'],
  ['*3', 'unmute'],
  ['*4', 'toggle-deaf'],
  ['*5', 'deaf'],
  ['*6', 'undeaf'],
  ['#', 'leave'],
])
