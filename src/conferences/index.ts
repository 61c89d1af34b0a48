export { openConferences, type Conferences, type ConferencesOptions } from './conferences.ts'
export type { Conference } from './conference.ts'
export type { Attended, ConferenceSettings, Control, Entry } from './entry.ts'
export type {
  ConferenceEvent,
  ConferenceFact,
  ConferenceObserver,
  ConferenceState,
  EndReason,
  LeaveReason,
  ParticipantState,
  Role,
} from './events.ts'
