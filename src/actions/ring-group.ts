import { Type } from 'typebox'
import { defineAction, type Action } from '../callflow/index.ts'
import { failOnSingleRejectKey, failureChildren, ringtonesKey, timeoutKey, type RingPorts } from './ring.ts'
import { ringMembers } from './ring-members.ts'

const mostMembers = 200

const member = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 128, description: 'The id of a device, user or group' }),
  endpoint_type: Type.Optional(
    Type.Enum(['device', 'user', 'group'], { description: 'What it is the id of; without, whatever has this id' }),
  ),
  delay: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600, description: 'Seconds before it rings; 0' })),
  timeout: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600, description: 'Seconds that it rings; 20' })),
  weight: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      description: 'With `weighted_random`: heavier ones tend to be first; 20',
    }),
  ),
  disable_until: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Gregorian seconds until which it does not ring' }),
  ),
})

/** The keys of a `ring_group` but its members. */
export const ringGroupKeys = {
  strategy: Type.Enum(['simultaneous', 'single', 'weighted_random'], {
    default: 'simultaneous',
    description: 'All at once, one after the other, or one after the other in random order',
  }),
  timeout: timeoutKey('Seconds to try in all; 0 = 20'),
  repeats: Type.Integer({ default: 1, minimum: 1, maximum: 100, description: 'How often to try' }),
  ringback: Type.Optional(
    Type.String({ maxLength: 2_048, description: 'What the caller hears meanwhile; as in `play.id`' }),
  ),
  ringtones: ringtonesKey,
  ignore_forward: Type.Boolean({
    default: true,
    description: 'A phone that sends the call elsewhere (SIP 302) has refused it',
  }),
  fail_on_single_reject: failOnSingleRejectKey,
}

export const membersKey = Type.Array(Type.Union([member, Type.String({ minLength: 1, maxLength: 128 })]), {
  maxItems: mostMembers,
  description: 'Whom to ring: objects with `id`, `endpoint_type`, `delay`, `timeout`, `weight`, or just ids',
})

export const ringGroup = (ports: RingPorts): Action =>
  defineAction({
    module: 'ring_group',
    summary: 'Rings devices, users and groups, at once or in turn, and lets the caller talk to whoever answers first.',
    source: 'KAZOO cf_ring_group.erl; schema callflows.ring_group',
    data: Type.Object({ endpoints: membersKey, ...ringGroupKeys }),
    children: { ...failureChildren, _: 'Nobody was reached, in the last attempt too' },
    example: {
      module: 'ring_group',
      data: {
        endpoints: [
          { id: 'front-desk', endpoint_type: 'device', timeout: 20 },
          { id: 'ann', endpoint_type: 'user', delay: 10, timeout: 10 },
        ],
        strategy: 'simultaneous',
        timeout: 20,
      },
      children: { _: { module: 'tts', data: { text: 'Nobody is free.' } } },
    },
    run: (data, context, children) => ringMembers(data, context, children, ports),
  })
