import { asFailure, Failure, never, newId, type Clock, type Log } from '../base/index.ts'
import type { Call, Calling, CallFact, MediaSource, MemberSettings, Recordings, Room } from '../call/index.ts'
import type { Attended, ConferenceSettings, Entry } from './entry.ts'
import type { ConferenceFact, ConferenceState, EndReason, LeaveReason, ParticipantState } from './events.ts'
import { Participant, type Floor } from './participant.ts'

export interface ConferenceOptions {
  readonly settings: ConferenceSettings
  /** Who comes first. */
  readonly call: Call
  readonly clock: Clock
  readonly log: Log
  readonly calling: Pick<Calling, 'room'>
  readonly recordings: Recordings
  /** Called once, when nobody can come in any more. */
  readonly onClosed: () => void
}

const mostRecordingMs = 4 * 3_600_000
const mostSounds = 32

/** A conference that goes on: who is in it, and what all of them hear. */
export class Conference implements Floor {
  readonly id = newId()
  readonly clock: Clock
  readonly room: Room
  readonly #options: ConferenceOptions
  readonly #log: Log
  readonly #createdAt: number
  readonly #participants = new Map<number, Participant>()
  /** Who came to others and does not hear them yet: that they came is heard then. */
  readonly #arriving = new Set<Participant>()
  #lastId = 0
  #sequence = 0
  #hasBegun = false
  #isLocked = false
  #end: { readonly reason: EndReason; readonly last: ParticipantState | undefined } | undefined
  /** What is played to all, one after another. Never rejects. */
  #playing: Promise<void> = Promise.resolve()
  #sounds = 0
  #recording: AbortController | undefined
  #recorded: Promise<void> = Promise.resolve()
  /** Who has left as the conference ended while it was recorded: their records wait for the recording. */
  readonly #lastCalls: Call[] = []

  constructor(options: ConferenceOptions) {
    const { settings, call, clock, log, calling } = options
    this.#options = options
    this.clock = clock
    this.#createdAt = clock.now()
    this.room = calling.room({ beside: call.leg })
    this.#log = log.child({ conferenceId: this.id, conference: settings.name, accountId: call.account.id })
  }

  get state(): ConferenceState {
    const { settings, call } = this.#options
    return {
      id: this.id,
      accountId: call.account.id,
      key: settings.key,
      name: settings.name,
      hasBegun: this.#hasBegun,
      isLocked: this.#isLocked,
      isRecorded: this.#recording !== undefined,
      createdAt: this.#createdAt,
      participants: [...this.#participants.values()].map(({ state }) => state),
    }
  }

  get isOpen(): boolean {
    if (this.#lacksModerator) return false
    if (this.#hasBegun && this.#options.settings.staysOpen) return true
    return this.#participants.size > 1
  }

  get isAlone(): boolean {
    return this.#participants.size === 1 && !this.#lacksModerator
  }

  /** It waits for a moderator to begin, or to go on. */
  get #lacksModerator(): boolean {
    const { waitsForModerator, needsModerator } = this.#options.settings
    if (!needsModerator && (this.#hasBegun || !waitsForModerator)) return false
    return [...this.#participants.values()].every(({ entry }) => entry.role !== 'moderator')
  }

  /**
   * Lets the caller be in the conference. Resolves when they leave, for whatever reason but `signal`'s.
   *
   * @throws CONFERENCE_FULL · CONFERENCE_LOCKED · `signal.reason`
   */
  async attend(call: Call, entry: Entry, signal: AbortSignal): Promise<Attended> {
    const participant = this.#seat(call, entry)
    let why: LeaveReason = 'moved'
    try {
      why = await participant.stay(signal)
      return { conferenceId: this.id, why, stayedMs: this.clock.now() - participant.joinedAt }
    } finally {
      this.#unseat(participant, why)
    }
  }

  change(participant: Participant, settings: Partial<MemberSettings>): void {
    for (const change of participant.change(settings)) {
      const { isMuted, isDeaf } = participant.state
      this.#tellCall(participant, { type: 'conference.changed', ...this.#named, isMuted, isDeaf })
      const types = { mute: 'muted', unmute: 'unmuted', deaf: 'deaf', undeaf: 'undeaf' } as const
      this.#tell({ type: types[change], participant: participant.state })
    }
  }

  joined(participant: Participant): void {
    if (this.#arriving.delete(participant)) void this.#enqueue(participant.entry.arrival)
  }

  /** Does nothing for somebody who has left. */
  changeById(id: number, settings: Partial<MemberSettings>): void {
    const participant = this.#participants.get(id)
    if (participant !== undefined) this.change(participant, settings)
  }

  kick(id: number): void {
    this.#participants.get(id)?.leave('kicked')
  }

  /** Nobody else comes in. */
  lock(isLocked: boolean): void {
    this.#isLocked = isLocked
  }

  /** Lets all hear it, after what is played to them already; of too much, the rest is left out. Never rejects. */
  async announce(source: MediaSource): Promise<void> {
    await this.#enqueue([source], (code) =>
      this.#tell(
        code === undefined
          ? { type: 'announced', media: source }
          : { type: 'announcement failed', media: source, code },
      ),
    )
  }

  /** Lets one of them hear it, and nobody else meanwhile, after what they hear of their own. */
  tellOne(id: number, source: MediaSource): void {
    this.#participants.get(id)?.notify(source)
  }

  /** Records from now on, unless it does already. */
  record({ trim }: { readonly trim: boolean }): void {
    if (this.#recording !== undefined || this.#end !== undefined) return
    const recording = (this.#recording = new AbortController())
    this.#recorded = this.#record(recording.signal, trim).finally(() => (this.#recording = undefined))
  }

  stopRecording(): void {
    this.#recording?.abort()
  }

  /** Lets all go, and whoever says the same name from now on meets in another conference. */
  end(reason: EndReason, last?: ParticipantState): void {
    if (this.#end !== undefined) return
    this.#end = { reason, last }
    this.#options.onClosed()
    for (const participant of this.#participants.values()) participant.leave('ended')
    if (this.#participants.size === 0) void this.#close()
  }

  #seat(call: Call, entry: Entry): Participant {
    const { name, mostParticipants } = this.#options.settings
    if (this.#isLocked) throw new Failure('CONFERENCE_LOCKED', { conference: name })
    if (this.#participants.size >= mostParticipants)
      throw new Failure('CONFERENCE_FULL', { conference: name, mostParticipants })
    const participant = new Participant(++this.#lastId, call, entry, this)
    this.#participants.set(participant.id, participant)
    const { role, isMuted, isDeaf } = entry
    const members = this.#participants.size
    this.#tellCall(participant, { type: 'conference.joined', ...this.#named, role, isMuted, isDeaf, members })
    this.#tell({ type: 'joined', participant: participant.state })
    this.#review()
    if (this.isOpen) this.#arriving.add(participant)
    return participant
  }

  #unseat(participant: Participant, why: LeaveReason): void {
    const { entry, joinedAt } = participant
    this.#participants.delete(participant.id)
    this.#arriving.delete(participant)
    const members = this.#participants.size
    const stayedMs = this.clock.now() - joinedAt
    if (members === 0 || entry.endsConference || this.#end !== undefined) this.#waitForRecording(participant.call)
    // Of somebody who has hung up too: see docs/how-calls-end.md.
    participant.call.tell({ type: 'conference.left', ...this.#named, why, members, stayedMs })
    this.#tell({ type: 'left', participant: participant.state, why })
    void this.#after(participant, members).then(() => entry.onGone?.())
  }

  #waitForRecording(call: Call): void {
    if (this.#recording === undefined) return
    this.#lastCalls.push(call)
    call.finishLater(this.#recorded)
  }

  /** What comes of it that somebody has left. */
  async #after({ entry, state }: Participant, members: number): Promise<void> {
    if (this.#end === undefined && members > 0 && !entry.endsConference) {
      const isHeard = [...this.#participants.values()].some(({ isInRoom }) => isInRoom)
      if (isHeard && entry.departure.length > 0) await this.#enqueue(entry.departure)
      this.#review()
      return
    }
    if (this.#end === undefined) this.end(members === 0 ? 'empty' : 'participant left', state)
    else if (members === 0) await this.#close()
  }

  /** Everybody looks what they are to hear now. */
  #review(): void {
    if (this.isOpen && !this.#hasBegun) {
      this.#hasBegun = true
      this.#tell({ type: 'began' })
      const { recording } = this.#options.settings
      if (recording !== undefined) this.record(recording)
    }
    for (const participant of this.#participants.values()) participant.review()
  }

  /** @param over told how each was played: with why it could not be */
  #enqueue(sources: readonly MediaSource[], over?: (code: string | undefined) => void): Promise<void> {
    for (const source of sources) {
      if (this.#sounds >= mostSounds) break
      this.#sounds++
      this.#playing = this.#playing.then(async () => {
        const code = await this.#play(source)
        over?.(code)
      })
    }
    return this.#playing
  }

  /** @returns why it could not be played */
  async #play(source: MediaSource): Promise<string | undefined> {
    this.#sounds--
    if (this.#end !== undefined) return undefined
    for (const participant of this.#participants.values()) {
      if (participant.isInRoom)
        this.#tellCall(participant, { type: 'conference.played', ...this.#named, media: source })
    }
    try {
      await this.room.play(source, { signal: never })
      return undefined
    } catch (error) {
      const { code } = asFailure(error)
      this.#log.warn('conference.not-played', { code })
      return code
    }
  }

  async #record(signal: AbortSignal, trim: boolean): Promise<void> {
    const { recordings, call } = this.#options
    const begunAt = this.clock.now()
    this.#tell({ type: 'recording began' })
    try {
      const recording = await this.room.record({ signal, maxMs: mostRecordingMs, trim })
      const { id: recordingId, durationMs } = recording
      const { url } = await recordings.keep(recording, {
        accountId: call.account.id,
        callId: call.id,
        interactionId: call.interactionId,
        format: 'wav',
      })
      const present = [...this.#participants.values()].map((participant) => participant.call)
      if (url !== '') for (const one of [...present, ...this.#lastCalls]) one.recordings.push(url)
      this.#tell({ type: 'recorded', recordingId, url, durationMs, begunAt })
    } catch (error) {
      const { code, fault } = asFailure(error)
      this.#log.error('conference.not-recorded', { code, fault })
      this.#tell({ type: 'recording failed', code })
    }
  }

  async #close(): Promise<void> {
    await this.room.close()
    await this.#recorded
    if (this.#end !== undefined) this.#tell({ type: 'ended', ...this.#end })
  }

  get #named(): { readonly conference: string; readonly conferenceId: string } {
    return { conference: this.#options.settings.name, conferenceId: this.id }
  }

  /** Nothing is told of a call that is over, but that it has left. */
  #tellCall({ call }: Participant, fact: CallFact): void {
    if (!call.leg.ended.aborted) call.tell(fact)
  }

  #tell(fact: ConferenceFact): void {
    const event = { ...fact, sequence: ++this.#sequence, at: this.clock.now() }
    this.#log.debug(`conference.${fact.type.replace(' ', '-')}`, { members: this.#participants.size })
    this.#options.settings.observe?.(event, this.state)
  }
}
