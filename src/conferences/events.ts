import type { Call, MediaSource } from '../call/index.ts'

export type Role = 'member' | 'moderator'

/** Why somebody left a conference. */
export type LeaveReason =
  /** They hung up, or their network did. */
  | 'hung up'
  /** They pressed the key for it. */
  | 'left'
  | 'kicked'
  /** The conference was ended. */
  | 'ended'
  /** Their time was up. */
  | 'time'
  /** Their call was sent elsewhere. */
  | 'moved'

/** Somebody in a conference. */
export interface ParticipantState {
  /** Counts from 1 within the conference. */
  readonly id: number
  readonly call: Call
  readonly role: Role
  readonly label: string | undefined
  readonly isMuted: boolean
  readonly isDeaf: boolean
  readonly endsConference: boolean
  /** Unix milliseconds. */
  readonly joinedAt: number
}

export interface ConferenceState {
  readonly id: string
  readonly accountId: string
  /** By which callers meet in it: the id of its document, or its name. */
  readonly key: string
  readonly name: string
  /** The participants hear each other, or have. */
  readonly hasBegun: boolean
  readonly isLocked: boolean
  readonly isRecorded: boolean
  readonly createdAt: number
  readonly participants: readonly ParticipantState[]
}

/** Why a conference is over. */
export type EndReason = 'empty' | 'participant left' | 'api'

export type ConferenceFact =
  /** Participants hear each other for the first time. */
  | { readonly type: 'began' }
  | { readonly type: 'ended'; readonly reason: EndReason; readonly last: ParticipantState | undefined }
  | { readonly type: 'joined' | 'muted' | 'unmuted' | 'deaf' | 'undeaf'; readonly participant: ParticipantState }
  | { readonly type: 'left'; readonly participant: ParticipantState; readonly why: LeaveReason }
  /** Something that somebody outside wanted was played to all. */
  | { readonly type: 'announced'; readonly media: MediaSource }
  | { readonly type: 'announcement failed'; readonly media: MediaSource; readonly code: string }
  | { readonly type: 'recording began' }
  | {
      readonly type: 'recorded'
      readonly recordingId: string
      readonly url: string
      readonly durationMs: number
      readonly begunAt: number
    }
  | { readonly type: 'recording failed'; readonly code: string }

/** Something that happened in a conference. */
export type ConferenceEvent = ConferenceFact & {
  /** Counts from 1 within the conference. */
  readonly sequence: number
  /** Unix milliseconds. */
  readonly at: number
}

/** Told of everything that happens in a conference, in order. Must not throw. */
export type ConferenceObserver = (event: ConferenceEvent, conference: ConferenceState) => void
