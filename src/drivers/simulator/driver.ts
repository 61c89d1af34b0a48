import { Failure, newId, type Clock } from '../../base/index.ts'
import {
  nameOfTarget,
  type DeviceTarget,
  type DialOptions,
  type Driver,
  type Leg,
  type MessagesWaiting,
  type Party,
  type Target,
} from '../../call/index.ts'
import { bridgeSimulated } from './bridge.ts'
import type { DurationOf } from './durations.ts'
import type { Callee, FarEnd, SimulatedLegOptions } from './far-end.ts'
import { eavesdropSimulated } from './eavesdrop.ts'
import { simulatedCallee, simulatedLeg } from './leg.ts'
import { SimulatedRoom } from './room.ts'

/** A driver whose calls are made by program. */
export interface Simulator extends Driver {
  /** Calls the house. @returns the caller's end of the call */
  call(options: Omit<SimulatedLegOptions, 'clock'>): { readonly leg: Leg; readonly farEnd: FarEnd }
}

/** Somebody whom the house calls. */
export interface DialledCallee {
  readonly target: Target
  readonly options: DialOptions
  readonly callee: Callee
}

export interface SimulatorOptions {
  readonly clock: Clock
  /** Plays whoever is called, from the next moment on. Without, nobody can be. */
  readonly onDial?: (dialled: DialledCallee) => void
  /** Told what phones are told of messages that wait. */
  readonly onMessages?: (device: DeviceTarget, waiting: MessagesWaiting) => void
  /** What signalling calls the next leg that is dialled. */
  readonly nextCallId?: () => string
  /** Of what dialled legs hear. */
  readonly durationOf?: DurationOf
}

/** Calls without a network and without sound, on `clock`. */
export function newSimulator(options: SimulatorOptions): Simulator {
  const { clock, onDial, onMessages, nextCallId = newId, durationOf } = options
  let take: ((leg: Leg) => void) | undefined
  return {
    name: 'simulator',
    capabilities: {
      earlyMedia: true,
      recordings: false,
      dialling: onDial !== undefined,
      rooms: true,
      eavesdropping: true,
      messageWaiting: true,
      transfers: true,
    },
    async listen(onCall, signal) {
      take = onCall
      signal.addEventListener('abort', () => (take = undefined), { once: true })
    },
    async dial(target, options) {
      if (onDial === undefined) throw new Failure('DIAL_UNSUPPORTED', { driver: 'simulator' })
      const { callerId, headers } = options
      const { name, number, realm } = callerId
      const { leg, callee } = simulatedCallee({
        clock,
        callId: nextCallId(),
        from: { user: number, realm, ...(name === '' ? {} : { name }) },
        to: partyOf(target),
        headers,
        tellsRedirects: target.kind === 'device' && options.ignoresRedirects !== true,
        ...(durationOf === undefined ? {} : { durationOf }),
      })
      onDial({ target, options, callee })
      return leg
    },
    bridge: bridgeSimulated,
    eavesdrop: eavesdropSimulated,
    async tellMessages(device, waiting) {
      onMessages?.(device, waiting)
    },
    room: () => new SimulatedRoom(clock, durationOf),
    call(options) {
      const call = simulatedLeg({ ...options, clock })
      if (take === undefined) void call.leg.reject(503)
      else take(call.leg)
      return call
    },
  }
}

function partyOf(target: Target): Party {
  if (target.kind === 'device') return { user: target.username, realm: target.realm }
  const [user = '', realm = ''] = nameOfTarget(target).split('@')
  return { user, realm }
}
