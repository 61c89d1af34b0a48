import type { Clock, Log } from '../base/index.ts'
import type { Call, Calling, Recordings } from '../call/index.ts'
import { Conference } from './conference.ts'
import type { Attended, Entry } from './entry.ts'

export interface ConferencesOptions {
  readonly clock: Clock
  readonly log: Log
  readonly calling: Pick<Calling, 'room'>
  readonly recordings: Recordings
}

/** The conferences that go on. */
export interface Conferences {
  /**
   * Lets a caller be in the conference that the entry names, which begins when nobody is in it yet. Resolves when they
   * leave it; see {@link Conference.attend}.
   *
   * @throws ROOM_UNSUPPORTED · CONFERENCE_FULL · CONFERENCE_LOCKED · `signal.reason`
   */
  attend(call: Call, entry: Entry, signal: AbortSignal): Promise<Attended>
  /** Those of an account that can be joined, oldest first. */
  list(accountId: string): readonly Conference[]
}

export function openConferences(options: ConferencesOptions): Conferences {
  const live = new Map<string, { readonly accountId: string; readonly conference: Conference }>()
  const open = (call: Call, { conference: settings }: Entry, place: string): Conference => {
    const conference = new Conference({ ...options, settings, call, onClosed: () => void live.delete(place) })
    live.set(place, { accountId: call.account.id, conference })
    return conference
  }
  return {
    attend(call, entry, signal) {
      const place = JSON.stringify([call.account.id, entry.conference.key])
      const conference = live.get(place)?.conference ?? open(call, entry, place)
      return conference.attend(call, entry, signal)
    },
    list: (accountId) => [...live.values()].filter((one) => one.accountId === accountId).map((one) => one.conference),
  }
}
