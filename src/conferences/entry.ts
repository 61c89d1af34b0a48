import type { MediaSource, MemberSettings } from '../call/index.ts'
import type { ConferenceObserver, LeaveReason, Role } from './events.ts'

/** How a conference is. Whoever comes first says it, for as long as it goes on. */
export interface ConferenceSettings {
  /** Who names the same meets in the same conference, within an account. */
  readonly key: string
  /** How people call it. */
  readonly name: string
  readonly mostParticipants: number
  /** It begins when a moderator is there. Until then, nobody hears anybody. */
  readonly waitsForModerator: boolean
  /** Whenever the last moderator has gone, it waits for one again. */
  readonly needsModerator: boolean
  /** Whoever is left alone after it has begun hears silence, and not what is heard while waiting. */
  readonly staysOpen: boolean
  /** Everything from its beginning to its end is recorded. */
  readonly recording?: { readonly trim: boolean }
  readonly observe?: ConferenceObserver
}

/** What a participant can do by keys. */
export type Control = 'toggle-mute' | 'mute' | 'unmute' | 'toggle-deaf' | 'deaf' | 'undeaf' | 'leave'

/** How somebody comes into a conference. */
export interface Entry extends MemberSettings {
  readonly conference: ConferenceSettings
  readonly role: Role
  /** The conference is over when they leave. */
  readonly endsConference: boolean
  /** How the web server calls them. */
  readonly label?: string
  /** Heard by themselves at first. */
  readonly welcome: readonly MediaSource[]
  /** Heard by themselves when they find themselves alone. */
  readonly alone: readonly MediaSource[]
  /** Heard by all when they come, and when they leave. */
  readonly arrival: readonly MediaSource[]
  readonly departure: readonly MediaSource[]
  /** Heard by themselves when they are muted, and so on. */
  readonly notices: Readonly<Partial<Record<'mute' | 'unmute' | 'deaf' | 'undeaf', MediaSource>>>
  /** By the keys pressed one after another. */
  readonly controls: ReadonlyMap<string, Control>
  readonly timeLimitMs?: number
  /** Lets them hear something while they wait. Silence when it is over or fails; it is begun anew after a notice. */
  wait(signal: AbortSignal, conferenceId: string): Promise<void>
  /** Called once they have left and nothing that the entry names is played any more; not when they could not come in. */
  onGone?(): void
}

/** How somebody was in a conference. */
export interface Attended {
  readonly conferenceId: string
  readonly why: LeaveReason
  readonly stayedMs: number
}
