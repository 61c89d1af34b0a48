import { Type, type Static } from 'typebox'
import { fieldsOf, integerOf, Outcome, within } from '../base/index.ts'
import { connect, sayText, talk, waitForPartner, type Call, type MediaSource } from '../call/index.ts'
import {
  child,
  defineAction,
  stop,
  type Action,
  type ActionContext,
  type Children,
  type Next,
} from '../callflow/index.ts'
import { beginRinging, deviceBranches, holdMusic, type CallerIdentity } from '../endpoints/index.ts'
import type { ParkingLot } from './parking-lot.ts'
import { apologize, type PickUpPorts } from './pick-up.ts'
import { playIfPossible, promptSource, speechOf } from './playback.ts'
import { afterConversation } from './ring.ts'

export interface ParkPorts extends PickUpPorts {
  readonly parkingLot: ParkingLot
}

/** How long a place is kept for whoever is about to be transferred there, and how long their announcement waits. */
const transferMs = 30_000
const reservedMs = transferMs + 5_000
/** A call that is about to be parked is waited for so often, so long. */
const mostTries = 3
const tryMs = 1_000

/** Whoever has parked a call is not rung more often than this, whatever a document says. */
const shortestMs = 1_000
const atLeast = (ms: number): number => Math.max(ms, shortestMs)

const nobodyCame = new Outcome('nobody has fetched the call in time')

const data = Type.Object({
  action: Type.Enum(['park', 'direct_park', 'retrieve', 'auto'], {
    default: 'park',
    description:
      '`park`: parks whoever was transferred here, and tells whoever was not where they can transfer to; `direct_park`: ' +
      'parks the caller; `retrieve`: connects with whoever is parked; `auto`: that, or parks the caller',
  }),
  slot: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 32,
      description: 'The place; what the pattern of the callflow captured without, else the first free one from 101 on',
    }),
  ),
  slots: Type.Optional(
    Type.Record(Type.String({ maxLength: 32 }), Type.Unknown(), {
      description: 'By place: `ringback_timeout` and `callback_timeout` in milliseconds',
    }),
  ),
  default_ringback_timeout: Type.Integer({
    default: 120_000,
    minimum: 0,
    maximum: 86_400_000,
    description: 'Milliseconds until whoever has parked the call is rung; 0 = never',
  }),
  default_callback_timeout: Type.Integer({
    default: 30_000,
    minimum: 1_000,
    maximum: 600_000,
    description: 'Milliseconds that they are rung',
  }),
  max_slot_number: Type.Optional(Type.Integer({ minimum: 0, description: 'No place has a higher number' })),
  default_presence_type: Type.Optional(Type.String({ maxLength: 32, description: 'Without effect' })),
  custom_presence_id: Type.Optional(Type.Boolean({ description: 'Without effect' })),
  presence_id: Type.Optional(Type.String({ maxLength: 128, description: 'Without effect' })),
})
type Data = Static<typeof data>

export const park = (ports: ParkPorts): Action =>
  defineAction({
    module: 'park',
    summary: 'Parks a call with music until somebody fetches it, or fetches one.',
    source: 'KAZOO cf_park.erl; schema callflows.park',
    data,
    children: {
      '<slot>': 'Nobody has fetched the call from this place, nor did whoever had parked it take it back',
      MAX_SLOT_EXCEEDED: 'The number of the place is too high',
      _: 'As `<slot>`, when there is no such child',
    },
    example: { module: 'park', data: { action: 'auto', slot: '5' } },
    async run(given, context, children) {
      const slot = given.slot ?? context.call.variables.captureGroup ?? ''
      const visit = new Visit(given, context, children, ports)
      switch (given.action) {
        case 'direct_park':
          return visit.park(slot)
        case 'retrieve':
          return (await visit.retrieve(slot)) ?? apologize('park-no_caller', context)
        case 'auto':
          return (await visit.retrieve(slot)) ?? visit.park(slot)
        case 'park':
          return context.call.transferredBy === undefined ? visit.announce(slot) : visit.park(slot)
      }
    },
  })

/** A call at the parking lot. */
class Visit {
  readonly #data: Data
  readonly #context: ActionContext
  readonly #children: Children
  readonly #ports: ParkPorts
  readonly #accountId: string

  constructor(given: Data, context: ActionContext, children: Children, ports: ParkPorts) {
    this.#data = given
    this.#context = context
    this.#children = children
    this.#ports = ports
    this.#accountId = context.call.account.id
  }

  /** Connects with whoever is parked there; undefined when nobody is. */
  async retrieve(slot: string): Promise<Next | undefined> {
    const { call, clock, signal } = this.#context
    const { parkingLot, exchange, calling } = this.#ports
    for (let tries = 0; tries < mostTries; tries++) {
      const parked = parkingLot.call(this.#accountId, slot)
      if (parked?.conversation !== undefined) {
        await call.leg.answer()
        await exchange.take(parked, call, { calling, clock, signal })
        return stop()
      }
      if (!parkingLot.isReserved(this.#accountId, slot, clock.now())) return undefined
      await clock.sleep(tryMs, signal)
    }
    return undefined
  }

  /** Tells whoever is about to transfer somebody here where that is, and keeps the place. */
  async announce(wanted: string): Promise<Next> {
    const { call, clock, signal } = this.#context
    const { parkingLot } = this.#ports
    const slot = wanted === '' ? parkingLot.freeSlot(this.#accountId, clock.now(), undefined) : wanted
    if (slot === undefined || parkingLot.isTaken(this.#accountId, slot, clock.now())) {
      return apologize('park-already_in_use', this.#context)
    }
    parkingLot.reserve(this.#accountId, slot, clock.now(), {
      byCallId: call.id,
      untilMs: clock.now() + reservedMs,
    })
    await call.leg.answer()
    await playIfPossible(this.#context, [promptSource(this.#context, 'park-call_placed_in_spot'), this.#spoken(slot)])
    await clock.sleep(transferMs, signal)
    return stop()
  }

  /** Lets the caller wait until somebody fetches them. */
  async park(wanted: string): Promise<Next> {
    const { call, clock, signal } = this.#context
    const { parkingLot, calling } = this.#ports
    const transferor = call.transferredBy?.consultedCallId
    const slot = wanted === '' ? parkingLot.freeSlot(this.#accountId, clock.now(), transferor) : wanted
    if (slot === undefined) return apologize('park-already_in_use', this.#context)
    const { max_slot_number = Infinity } = this.#data
    if (Number(slot) > max_slot_number) return child('MAX_SLOT_EXCEEDED')
    if (parkingLot.isTaken(this.#accountId, slot, clock.now(), transferor)) {
      return this.#data.action === 'direct_park' ? stop() : apologize('park-already_in_use', this.#context)
    }
    await call.leg.answer()
    const leave = parkingLot.park(call, slot)
    call.tell({ type: 'call.parked', slot })
    let partner: Call | undefined
    try {
      partner = await this.#wait(slot)
    } finally {
      leave()
      const without = call.leg.ended.aborted ? 'abandoned' : 'returned'
      call.tell({ type: 'call.unparked', slot, how: partner === undefined ? without : 'retrieved' })
    }
    if (partner === undefined) return child(slot)
    await talk(call, partner, { calling, clock, signal })
    return afterConversation(call)
  }

  /** Resolves with whoever has come; undefined when the flow is to go on without anybody. */
  async #wait(slot: string): Promise<Call | undefined> {
    const { call, clock, signal } = this.#context
    const own = fieldsOf(this.#data.slots?.[slot])
    const ringbackMs = integerOf(own['ringback_timeout']) ?? this.#data.default_ringback_timeout
    const callbackMs = atLeast(integerOf(own['callback_timeout']) ?? this.#data.default_callback_timeout)
    const parker = call.transferredBy?.caller.authorizingId
    const music = await holdMusic(call, this.#ports.documents)
    const meanwhile = (until: AbortSignal): Promise<void> => call.leg.play(music, { signal: until, times: Infinity })
    const wait = (either: AbortSignal): Promise<Call> => waitForPartner(call, { signal: either, meanwhile })
    if (parker === undefined || ringbackMs <= 0) return wait(signal)
    for (;;) {
      try {
        return await within({ clock, ms: atLeast(ringbackMs), signal }, () => nobodyCame, wait)
      } catch (error) {
        if (error !== nobodyCame) throw error
      }
      const back = await this.#ringBack(parker, { slot, callbackMs, music })
      if (back !== undefined) return back
      if (this.#children.has(slot) || this.#children.has('_')) return undefined
    }
  }

  /** Rings whoever has parked the call. */
  async #ringBack(
    deviceId: string,
    { slot, callbackMs, music }: { readonly slot: string; readonly callbackMs: number; readonly music: MediaSource },
  ): Promise<Call | undefined> {
    const { call, clock, signal } = this.#context
    const ringing = await beginRinging(this.#context, this.#ports)
    const { callerIdName, callerIdNumber } = call.variables
    const callerId: CallerIdentity = {
      name: `Parking slot ${slot} - ${callerIdName === '' ? callerIdNumber : callerIdName}`,
      number: callerIdNumber,
      hideName: false,
      hideNumber: false,
    }
    const manner = { delayMs: 0, timeoutMs: callbackMs, canCallSelf: true, asMembers: false, callerId }
    const branches = await deviceBranches(deviceId, manner, ringing)
    if (branches.length === 0) return undefined
    const found = await connect(
      call,
      {
        branches: branches.map((branch) => ({ ...branch, ignoreEarlyMedia: true })),
        strategy: 'simultaneous',
        timeoutMs: callbackMs,
        answer: 'first',
        ringback: music,
      },
      { calling: this.#ports.calling, clock, signal },
    )
    return found.kind === 'connected' ? found.callee : undefined
  }

  #spoken(slot: string): MediaSource {
    const { call, clock } = this.#context
    const { language } = call.variables
    const { timezone } = call.account
    const saying = { text: slot, type: 'name_spelled', method: 'pronounced', language, timezone } as const
    return speechOf(sayText({ ...saying, nowMs: clock.now() }), '', language)
  }
}
