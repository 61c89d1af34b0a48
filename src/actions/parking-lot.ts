import type { Call } from '../call/index.ts'

/** A parking place that is kept free for whoever is about to be transferred there. */
interface Reservation {
  readonly byCallId: string
  readonly untilMs: number
}

/** The first place that is given to whoever does not ask for one. */
const firstSlot = 101
const mostSlots = 10_000

/**
 * Which calls are parked where, account by account, in this process.
 *
 * @source KAZOO cf_park.erl: slots of the document `parked_calls`
 */
export class ParkingLot {
  readonly #parked = new Map<string, Call>()
  readonly #reserved = new Map<string, Reservation>()

  call(accountId: string, slot: string): Call | undefined {
    return this.#parked.get(placeOf(accountId, slot))
  }

  /** Whether somebody is parked there, or it is kept for somebody else than whoever `byCallId` transfers. */
  isTaken(accountId: string, slot: string, nowMs: number, byCallId?: string): boolean {
    const place = placeOf(accountId, slot)
    if (this.#parked.has(place)) return true
    const reservation = this.#reserved.get(place)
    return reservation !== undefined && reservation.untilMs > nowMs && reservation.byCallId !== byCallId
  }

  isReserved(accountId: string, slot: string, nowMs: number): boolean {
    const reservation = this.#reserved.get(placeOf(accountId, slot))
    return reservation !== undefined && reservation.untilMs > nowMs
  }

  /** The place that is kept for whoever `byCallId` transfers, else the first that is free; undefined when none is. */
  freeSlot(accountId: string, nowMs: number, byCallId: string | undefined): string | undefined {
    const own = [...this.#reserved].find(
      ([place, { byCallId: by, untilMs }]) => by === byCallId && untilMs > nowMs && place.startsWith(`${accountId} `),
    )
    if (own !== undefined) return own[0].slice(accountId.length + 1)
    for (let slot = firstSlot; slot < firstSlot + mostSlots; slot++) {
      if (!this.isTaken(accountId, String(slot), nowMs)) return String(slot)
    }
    return undefined
  }

  /** @returns frees the place again */
  park(call: Call, slot: string): () => void {
    const place = placeOf(call.account.id, slot)
    this.#reserved.delete(place)
    this.#parked.set(place, call)
    return () => {
      if (this.#parked.get(place) === call) this.#parked.delete(place)
    }
  }

  /** Keeps a place for whoever is about to be transferred there. What nobody came for is forgotten. */
  reserve(accountId: string, slot: string, nowMs: number, reservation: Reservation): void {
    for (const [place, { untilMs }] of this.#reserved) if (untilMs <= nowMs) this.#reserved.delete(place)
    this.#reserved.set(placeOf(accountId, slot), reservation)
  }
}

const placeOf = (accountId: string, slot: string): string => `${accountId} ${slot}`
