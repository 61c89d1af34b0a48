import { Type } from 'typebox'
import { counterpartOf } from '../call/index.ts'
import { defineAction, stop, type Action } from '../callflow/index.ts'
import { beginRinging, targetDevices } from '../endpoints/index.ts'
import { apologize, type PickUpPorts } from './pick-up.ts'

export const move = (ports: PickUpPorts): Action =>
  defineAction({
    module: 'move',
    summary: 'Moves the call that the caller has on another phone of theirs to this one.',
    source: 'KAZOO cf_move.erl; schema callflows.move',
    data: Type.Object({}),
    children: {},
    example: { module: 'move', data: {} },
    async run(_, context) {
      const { call, clock, signal } = context
      const owner = call.caller.ownerIds[0]
      if (owner === undefined) return apologize('cf-move-no_owner', context)
      const devices = await targetDevices({ user_id: owner }, await beginRinging(context, ports))
      const others = ports.exchange
        .calls(call.account.id)
        .filter(
          (leg) => leg !== call && leg.leg.state === 'answered' && devices.includes(leg.caller.authorizingId ?? ''),
        )
        .flatMap((leg) => counterpartOf(leg) ?? [])
      const [other] = others
      if (other === undefined) return apologize('cf-move-no_channel', context)
      if (others.length > 1) return apologize('cf-move-too_many_channels', context)
      await call.leg.answer()
      await ports.exchange.take(other, call, { calling: ports.calling, clock, signal })
      return stop()
    },
  })
