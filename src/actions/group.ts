import { Type } from 'typebox'
import { fieldsOf, flagOf, integerOf, textOf } from '../base/index.ts'
import { mediaSource } from '../call/index.ts'
import { child, defineAction, type Action } from '../callflow/index.ts'
import { beginRinging, groupMembers, memberBranches, type GroupStrategy } from '../endpoints/index.ts'
import { mediaScope } from './playback.ts'
import { membersKey, ringGroupKeys } from './ring-group.ts'
import { ringMembers } from './ring-members.ts'
import { failureChildren, ring, ringMsOf, type RingPorts } from './ring.ts'

export const group = (ports: RingPorts): Action =>
  defineAction({
    module: 'group',
    summary: 'Answers, rings the devices and users of a group document, and lets the caller talk to whoever answers.',
    source: 'KAZOO cf_group.erl; schemas callflows.group, groups',
    data: Type.Object({
      id: Type.Optional(Type.String({ maxLength: 128, description: 'The id of the group' })),
      endpoints: Type.Optional(membersKey),
      ...ringGroupKeys,
    }),
    children: { ...failureChildren, _: 'Nobody was reached, or there is no such group' },
    example: {
      module: 'group',
      data: { id: 'sales', timeout: 30 },
      children: { _: { module: 'tts', data: { text: 'Nobody of sales is free.' } } },
    },
    async run(data, context, children) {
      const { id, endpoints } = data
      if (endpoints !== undefined && endpoints.length > 0) {
        return ringMembers({ ...data, endpoints }, context, children, ports)
      }
      if (id === undefined) return child()
      const { call } = context
      const ringing = await beginRinging(context, ports)
      const document = fieldsOf(await ringing.documents.get(call.account.id, 'groups', id))
      const strategy = strategyOf(document['strategy']) ?? data.strategy
      const members = await groupMembers(id, ringing, { strategy })
      const ignoresRedirects = flagOf(document['ignore_forward']) ?? data.ignore_forward
      const branches = await memberBranches(
        members,
        { strategy, manner: { ignoresEarlyMedia: true, ignoresRedirects } },
        ringing,
      )
      if (branches.length === 0) return child()
      const ringback = mediaSource(textOf(document['ringback']) ?? data.ringback, mediaScope(context))
      const options = {
        branches,
        strategy: strategy === 'simultaneous' ? 'simultaneous' : 'sequential',
        timeoutMs: ringMsOf(integerOf(document['timeout']) ?? data.timeout),
        answer: 'first',
        ...(ringback === undefined ? {} : { ringback }),
      } as const
      return (await ring(options, context, children, ports.calling)) ?? child()
    },
  })

const strategyOf = (value: unknown): GroupStrategy | undefined =>
  value === 'simultaneous' || value === 'single' || value === 'weighted_random' ? value : undefined
