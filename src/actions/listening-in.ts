import { asFailure } from '../base/index.ts'
import { type Call, type Calling, type Digit, type Eavesdropping, type Exchange, type Whisper } from '../call/index.ts'
import { stop, type ActionContext, type Next } from '../callflow/index.ts'
import { beginRinging, isApproved, type PickUpApproval, type Ringing, type RingingPorts } from '../endpoints/index.ts'
import { apologize } from './pick-up.ts'

export interface ListeningPorts extends RingingPorts {
  readonly calling: Calling
  readonly exchange: Exchange
}

/** Whose call is to be listened to, and by whom. */
export interface Listening {
  readonly approval: PickUpApproval
  /** Undefined: nobody may listen to them here. */
  devices(ringing: Ringing): Promise<readonly string[] | undefined>
}

/** @source FreeSWITCH eavesdrop with eavesdrop_enable_dtmf */
const whomByKey: Partial<Record<Digit, Whisper>> = { '0': 'nobody', '1': 'other', '2': 'target', '3': 'both' }

/**
 * Answers, and lets the caller hear a phone that talks, and be heard by keys. Whoever is not approved by name may not.
 *
 * @source KAZOO cf_eavesdrop.erl, cf_eavesdrop_feature.erl
 */
export async function listenIn(order: Listening, context: ActionContext, ports: ListeningPorts): Promise<Next> {
  const { call } = context
  const ringing = await beginRinging(context, ports)
  if ((await isApproved(order.approval, ringing)) !== true) return apologize('eavesdrop-no_channels', context)
  const devices = await order.devices(ringing)
  if (devices === undefined) return apologize('eavesdrop-no_channels', context)
  if (devices.length === 0) return apologize('pickup-no_users', context)
  const target = ports.exchange.calls(call.account.id).find((leg) => leg !== call && isTalkingAt(leg, devices))
  if (target === undefined) return apologize('pickup-no_channels', context)
  await call.leg.answer()
  const hasHeard = await hear(target, context, ports.calling)
  // It has ended meanwhile, or so many listen already that nobody else can.
  return hasHeard || call.leg.ended.aborted ? stop() : apologize('pickup-no_channels', context)
}

const isTalkingAt = ({ caller, leg, isBridged }: Call, devices: readonly string[]): boolean =>
  devices.includes(caller.authorizingId ?? '') && leg.state === 'answered' && isBridged

/** Resolves when either leg has ended: with whether anything could be heard. */
async function hear(target: Call, { call, signal }: ActionContext, calling: Calling): Promise<boolean> {
  const over = new AbortController()
  // Nobody is spoken to because of a key that was pressed for something else.
  call.leg.takeDigits()
  const hearing = { hasBegun: false }
  const onListening = (eavesdropping: Eavesdropping): void => {
    hearing.hasBegun = true
    call.tell({ type: 'eavesdrop.began', otherCallId: target.id })
    obeyKeys(call, eavesdropping, over.signal).catch((error: unknown) => {
      if (!over.signal.aborted && !call.leg.ended.aborted) {
        call.log.error('eavesdrop.keys-failed', { error: asFailure(error) })
      }
    })
  }
  try {
    await calling.eavesdrop(call.leg, target.leg, { signal, onListening })
    return hearing.hasBegun
  } finally {
    over.abort()
    if (hearing.hasBegun && !call.leg.ended.aborted) call.tell({ type: 'eavesdrop.ended', otherCallId: target.id })
  }
}

async function obeyKeys(call: Call, eavesdropping: Eavesdropping, signal: AbortSignal): Promise<never> {
  for (;;) {
    const speaksTo = whomByKey[await call.leg.nextDigit(signal)]
    if (speaksTo === undefined) continue
    eavesdropping.speaksTo(speaksTo)
    call.tell({ type: 'eavesdrop.changed', speaksTo })
  }
}
