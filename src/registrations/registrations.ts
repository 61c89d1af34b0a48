import { asFailure, Failure, never, within, type Clock, type Log } from '../base/index.ts'
import type { Binding, Bindings, Contact, Flow, Phone, Rebinding } from '../sip/index.ts'
import type { PhoneName, Registration, RegistrationStore } from './store.ts'
import { Turns } from './turns.ts'

export interface RegistrationsOptions {
  readonly store: RegistrationStore
  /** The running process, unique per start. */
  readonly node: string
  readonly clock: Clock
  readonly log: Log
  /** Phones remembered at once; default 100,000. */
  readonly most?: number
}

export interface RegistrationCounters {
  /** Contacts that this process has taken and that have not expired, now. */
  readonly registered: number
  readonly added: number
  readonly refreshed: number
  /** By the phone, by the API, or because its connection closed. */
  readonly removed: number
  readonly expired: number
}

/** Phones in the way of others wait no longer than this for the database. */
const patienceMs = 2_000
const sweepMs = 30_000
const mostPhones = 100_000
/** Of a phone that others change while it is read. */
const mostReadings = 3
/** What one account shows at most. */
const mostListed = 10_000

/** What is known of a phone. */
interface Entry {
  readonly name: PhoneName
  bindings: readonly Registration[]
  /** Not in the database as it is here: what is here counts. */
  isUnsaved: boolean
}

/**
 * Who is registered where. The database has it for all processes; in memory is what this one has asked for. When the
 * database is away, phones register all the same, for this process.
 */
export class Registrations implements Bindings {
  readonly #options: RegistrationsOptions
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>()
  readonly #turns = new Turns()
  /** Phones that somebody else changed while their turn was on. */
  readonly #outdated = new Set<string>()
  /** Which phones came by a connection of ours. */
  readonly #connected = new Map<string, Set<string>>()
  readonly #closing = new AbortController()
  readonly #unwatch: () => void
  readonly #sweeping: Promise<void>
  readonly #counts = { added: 0, refreshed: 0, removed: 0, expired: 0 }
  #isAway = false

  constructor(options: RegistrationsOptions) {
    this.#options = options
    this.#unwatch = options.store.onChange((name) => this.#onChange(name))
    this.#sweeping = this.#sweepAgainAndAgain()
  }

  get counters(): RegistrationCounters {
    const { node, clock } = this.#options
    const nowMs = clock.now()
    let registered = 0
    for (const { bindings } of this.#entries.values()) {
      for (const binding of bindings) if (binding.node === node && binding.expiresAt > nowMs) registered++
    }
    return { registered, ...this.#counts }
  }

  /**
   * Where this process can reach a phone now; the one that registered last comes first. Whatever came by a connection
   * of another process is left out.
   *
   * @throws DATABASE_UNAVAILABLE when nothing is known of the phone
   */
  async contactsOf(accountId: string, username: string): Promise<readonly Contact[]> {
    const name = { accountId, username: username.toLowerCase() }
    const entry = this.#entries.get(keyOf(name)) ?? (await this.#turns.take(keyOf(name), () => this.#known(name)))
    const nowMs = this.#options.clock.now()
    return entry.bindings
      .filter((one) => one.expiresAt > nowMs && this.#isReachable(one))
      .toSorted((a, b) => b.registeredAt - a.registeredAt)
  }

  /** All registrations of an account, of every process. @throws DATABASE_UNAVAILABLE */
  list(accountId: string): Promise<readonly Registration[]> {
    const { store, clock } = this.#options
    return store.ofAccount(accountId, clock.now(), mostListed)
  }

  /** Forgets what an account, or one phone of it, has registered. @returns how many @throws DATABASE_UNAVAILABLE */
  async remove(accountId: string, username?: string): Promise<number> {
    const wanted = username?.toLowerCase()
    const found = (await this.list(accountId)).filter((one) => wanted === undefined || one.username === wanted)
    const names = new Set(found.map((one) => one.username))
    for (const one of names) {
      const name = { accountId, username: one }
      const removed = found.filter((registration) => registration.username === one)
      await this.#turns.take(keyOf(name), async () => {
        await this.#options.store.write({ ...name, kept: [], removed: removed.map(({ key }) => key) })
        this.#forget(keyOf(name))
      })
      for (const registration of removed) this.#tell('removed', registration, 'api')
    }
    return found.length
  }

  change<T>(phone: Phone, change: (present: readonly Binding[]) => Rebinding<T>): Promise<T> {
    const { accountId, username, deviceId } = phone
    const { node, clock } = this.#options
    const name = { accountId, username }
    return this.#turns.take(keyOf(name), async () => {
      const entry = await this.#known(name).catch((error: unknown) => this.#unknown(name, error))
      const nowMs = clock.now()
      const present = entry.bindings.filter(({ expiresAt }) => expiresAt > nowMs)
      const { bindings, result } = change(present)
      if (bindings !== undefined) {
        const next = bindings.map(
          (one) => present.find((before) => before === one) ?? { ...one, accountId, username, deviceId, node },
        )
        await this.#keep(entry, next, 'phone')
      }
      return result
    })
  }

  flowClosed(flow: Flow): void {
    const place = placeOf(flow)
    const phones = this.#connected.get(place)
    if (phones === undefined || this.#closing.signal.aborted) return
    this.#connected.delete(place)
    for (const key of phones) {
      const entry = this.#entries.get(key)
      if (entry === undefined) continue
      void this.#turns.take(key, async () => {
        const left = entry.bindings.filter((one) => placeOf(one.flow) !== place || one.node !== this.#options.node)
        await this.#keep(entry, left, 'connection')
      })
    }
  }

  /** From now on nothing is swept, and connections that close change nothing. Resolves when everything is written. */
  async close(): Promise<void> {
    this.#closing.abort(new Failure('DATABASE_UNAVAILABLE', { problem: 'the server stops' }))
    this.#unwatch()
    await this.#sweeping
    await this.#turns.over()
  }

  /** A connection belongs to the process that has it; datagrams go anywhere, also after a restart. */
  #isReachable({ flow, node }: Registration): boolean {
    return flow.transport === 'udp' || (node === this.#options.node && this.#connected.has(placeOf(flow)))
  }

  /** In the phone's turn. @throws DATABASE_UNAVAILABLE */
  async #known(name: PhoneName): Promise<Entry> {
    const key = keyOf(name)
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#remember(key, known)
      return known
    }
    const { store, clock } = this.#options
    let bindings: readonly Registration[] = []
    for (let time = 0; time < mostReadings; time++) {
      this.#outdated.delete(key)
      bindings = await this.#limited(() => store.ofPhone(name, clock.now()))
      if (!this.#outdated.has(key)) break
    }
    const entry = { name, bindings, isUnsaved: false }
    this.#remember(key, entry)
    return entry
  }

  #unknown(name: PhoneName, error: unknown): Entry {
    this.#onAway(error)
    return { name, bindings: [], isUnsaved: true }
  }

  /** In the phone's turn. Never rejects: what cannot be written is kept here. */
  async #keep(entry: Entry, next: readonly Registration[], why: string): Promise<void> {
    const { name, bindings: before, isUnsaved } = entry
    const key = keyOf(name)
    const kept = isUnsaved ? next : next.filter((one) => !before.includes(one))
    const removed = before.filter((one) => !next.some((other) => other.key === one.key))
    if (kept.length + removed.length === 0) return
    entry.bindings = next
    entry.isUnsaved = true
    this.#remember(key, entry)
    this.#connect(key, next)
    const nowMs = this.#options.clock.now()
    for (const one of next) {
      if (before.includes(one)) continue
      this.#tell(before.some((other) => other.key === one.key) ? 'refreshed' : 'added', one, why)
    }
    for (const one of removed) this.#tell(one.expiresAt > nowMs ? 'removed' : 'expired', one, why)
    try {
      const change = { ...name, kept, removed: removed.map((one) => one.key) }
      await this.#limited(() => this.#options.store.write(change))
      entry.isUnsaved = false
      if (this.#outdated.delete(key)) this.#forget(key)
    } catch (error) {
      this.#onAway(error)
    }
  }

  #connect(key: string, bindings: readonly Registration[]): void {
    for (const { flow, node } of bindings) {
      if (flow.transport === 'udp' || node !== this.#options.node) continue
      const place = placeOf(flow)
      const phones = this.#connected.get(place) ?? new Set()
      this.#connected.set(place, phones.add(key))
    }
  }

  #remember(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size <= (this.#options.most ?? mostPhones)) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  #forget(key: string): void {
    this.#entries.delete(key)
  }

  #onChange(name: PhoneName | undefined): void {
    const keys = name === undefined ? [...this.#entries.keys()] : [keyOf(name)]
    for (const key of keys) {
      if (this.#turns.isOn(key)) this.#outdated.add(key)
      else if (this.#entries.get(key)?.isUnsaved === false) this.#forget(key)
    }
  }

  async #sweepAgainAndAgain(): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      const isOver = await clock.sleep(sweepMs, this.#closing.signal).then(
        () => false,
        () => true,
      )
      if (isOver) return
      await this.#sweep()
    }
  }

  async #sweep(): Promise<void> {
    const { store, clock } = this.#options
    const nowMs = clock.now()
    for (const [key, entry] of this.#entries) {
      if (this.#turns.isOn(key) || entry.bindings.every(({ expiresAt }) => expiresAt > nowMs)) continue
      for (const one of entry.bindings) {
        if (one.expiresAt <= nowMs && one.node === this.#options.node) this.#tell('expired', one, 'time')
      }
      entry.bindings = entry.bindings.filter(({ expiresAt }) => expiresAt > nowMs)
      if (entry.bindings.length === 0) this.#forget(key)
    }
    for (const [place, phones] of this.#connected) {
      for (const key of phones) {
        const isThere = this.#entries.get(key)?.bindings.some(({ flow }) => placeOf(flow) === place) === true
        if (!isThere && !this.#turns.isOn(key)) phones.delete(key)
      }
      if (phones.size === 0) this.#connected.delete(place)
    }
    await this.#limited(() => store.removeExpired(nowMs)).catch((error: unknown) => this.#onAway(error))
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
    const late = (): Failure => new Failure('DATABASE_UNAVAILABLE', { problem: `no answer within ${patienceMs} ms` })
    const result = await within({ clock: this.#options.clock, ms: patienceMs, signal: never }, late, work)
    this.#onBack()
    return result
  }

  #tell(what: keyof typeof told, one: Registration, why: string): void {
    const { accountId, deviceId, username, flow, userAgent, expiresAt, uri } = one
    this.#counts[what]++
    this.#options.log[told[what]](`registrations.${what}`, {
      accountId,
      deviceId,
      why,
      transport: flow.transport,
      address: flow.address,
      port: flow.port,
      userAgent,
      expiresAt,
      pii: { username, uri },
    })
  }

  #onAway(error: unknown): void {
    if (this.#isAway) return
    this.#isAway = true
    this.#options.log.error('registrations.store-away', { error: asFailure(error) })
  }

  #onBack(): void {
    if (!this.#isAway) return
    this.#isAway = false
    this.#options.log.info('registrations.store-back')
  }
}

/** Phones that refresh are many, and nothing has changed. */
const told = { added: 'info', refreshed: 'debug', removed: 'info', expired: 'info' } as const

const keyOf = ({ accountId, username }: PhoneName): string => `${accountId}/${username}`
const placeOf = ({ transport, address, port }: Flow): string => `${transport} ${address} ${port}`
