import { asFailure, Outcome, randomHex, randomUint32, type Clock, type Log } from '../base/index.ts'
import type { WatchedDocuments } from '../documents/index.ts'
import type { OutgoingRegistration, RegistrationOptions } from '../sip/index.ts'
import { hostsOf, readTrunk, registrarOf, type Gateway, type Trunk } from '../trunks/index.ts'
import { GatewayRegistration, type GatewayStatus } from './gateway-registration.ts'

export interface TrunkRegistrationsOptions {
  readonly documents: WatchedDocuments
  /** The account whose gateways may be anywhere; those of others where `mayDial` says. */
  readonly operatorId: string
  readonly mayDial: (host: string) => Promise<boolean>
  readonly register: (options: RegistrationOptions) => OutgoingRegistration
  readonly clock: Clock
  readonly log: Log
  /** From 0 up to 1. */
  readonly random?: () => number
}

export interface TrunkCounters {
  /** Gateways that want us registered, now. */
  readonly wanted: number
  /** Those that have us, now. */
  readonly registered: number
  readonly failures: number
}

/** Which trunk an incoming call came by. */
export interface TrunkName {
  readonly accountId: string
  readonly resourceId: string
}

interface Running {
  /** What it was begun with: another one is begun when this changes. */
  readonly config: string
  readonly name: TrunkName
  readonly contactUser: string
  readonly registration: GatewayRegistration
  readonly stop: AbortController
  readonly over: Promise<void>
}

const mostGateways = 2_000
const gone: Error = new Outcome('the gateway is no longer registered with')
const twoTo32 = 2 ** 32

/**
 * Registers with the gateways of all resources that say `register`, from `begin` on, follows changes of their documents, and
 * takes its leave at the end. Each process of several registers for itself: carriers then have a contact of each.
 */
export class TrunkRegistrations {
  readonly #options: TrunkRegistrationsOptions
  readonly #running = new Map<string, Running>()
  readonly #unwatch: () => void
  /** Those that were stopped, as long as they take their leave. */
  readonly #leaving = new Set<Promise<void>>()
  /** Reads go one after another. */
  #reading: Promise<void> = Promise.resolve()
  #isOn = false
  #pastFailures = 0

  constructor(options: TrunkRegistrationsOptions) {
    this.#options = options
    this.#unwatch = options.documents.onChange(({ collection }) => {
      if (this.#isOn && (collection === 'resources' || collection === 'accounts')) void this.#readSoon()
    })
  }

  get counters(): TrunkCounters {
    const all = [...this.#running.values()].map(({ registration }) => registration)
    return {
      wanted: all.length,
      registered: all.filter(({ status }) => status.state === 'registered').length,
      failures: all.reduce((sum, { failures }) => sum + failures, this.#pastFailures),
    }
  }

  /** How we stand with the gateways of an account. */
  statuses(accountId: string): readonly GatewayStatus[] {
    return [...this.#running.values()]
      .filter(({ name }) => name.accountId === accountId)
      .map(({ registration }) => registration.status)
  }

  /** The trunk that a contact of ours was registered with. @param user of the Request-URI */
  byContact(user: string): TrunkName | undefined {
    for (const { contactUser, name } of this.#running.values()) if (contactUser === user) return name
    return undefined
  }

  /** Resolves when all gateways are being asked. */
  begin(): Promise<void> {
    this.#isOn = true
    return this.#readSoon()
  }

  async close(): Promise<void> {
    this.#isOn = false
    this.#unwatch()
    await this.#reading
    for (const key of [...this.#running.keys()]) this.#stop(key)
    await Promise.all(this.#leaving)
  }

  #readSoon(): Promise<void> {
    this.#reading = this.#reading
      .then(() => this.#read())
      .catch((error: unknown) => {
        this.#options.log.error('registrations.gateways-unread', { error: asFailure(error) })
      })
    return this.#reading
  }

  async #read(): Promise<void> {
    if (!this.#isOn) return
    const { documents } = this.#options
    const wanted = new Map<string, { readonly trunk: Trunk; readonly gateway: Gateway; readonly config: string }>()
    for (const { id, enabled } of await documents.accounts()) {
      if (enabled === false) continue
      for (const document of await documents.list(id, 'resources')) {
        const trunk = readTrunk(id, document)
        for (const gateway of trunk?.gateways ?? []) {
          if (trunk === undefined || !gateway.registers || wanted.size >= mostGateways) continue
          if (await this.#mayRegister(trunk, gateway)) {
            wanted.set(gateway.key, { trunk, gateway, config: JSON.stringify(gateway) })
          }
        }
      }
    }
    if (this.#isClosed()) return
    for (const [key, { config }] of this.#running) if (wanted.get(key)?.config !== config) this.#stop(key)
    for (const [key, one] of wanted) if (!this.#running.has(key)) this.#start(key, one)
  }

  /** Asked again after every wait. */
  #isClosed(): boolean {
    return !this.#isOn
  }

  async #mayRegister(trunk: Trunk, gateway: Gateway): Promise<boolean> {
    const { operatorId, mayDial, log } = this.#options
    const named = { accountId: trunk.accountId, resourceId: trunk.id, gateway: gateway.name }
    if (gateway.credentials === undefined) {
      log.warn('registrations.gateway-left-out', { ...named, why: 'it has no username' })
      return false
    }
    if (trunk.accountId === operatorId) return true
    const isAllowed = (await Promise.all(hostsOf(gateway).map((host) => mayDial(host)))).every(Boolean)
    if (!isAllowed) log.warn('registrations.gateway-left-out', { ...named, why: 'egress' })
    return isAllowed
  }

  #start(key: string, { trunk, gateway, config }: { trunk: Trunk; gateway: Gateway; config: string }): void {
    const { register, clock, log, random = () => randomUint32() / twoTo32 } = this.#options
    const contactUser = `gw${randomHex(12)}`
    const where = registrarOf(gateway)
    if (where === undefined) return
    const registration = new GatewayRegistration({
      trunk,
      gateway,
      registration: register({ ...where, contactUser }),
      clock,
      log,
      random,
    })
    const stop = new AbortController()
    this.#running.set(key, {
      config,
      name: { accountId: trunk.accountId, resourceId: trunk.id },
      contactUser,
      registration,
      stop,
      over: registration.run(stop.signal),
    })
  }

  #stop(key: string): void {
    const running = this.#running.get(key)
    if (running === undefined) return
    this.#running.delete(key)
    this.#pastFailures += running.registration.failures
    running.stop.abort(gone)
    const leaving = running.over.finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }
}
