import { Type } from 'typebox'
import { page } from '../call/index.ts'
import { child, defineAction, stop, type Action } from '../callflow/index.ts'
import { beginRinging, memberBranches, readMembers } from '../endpoints/index.ts'
import { membersKey } from './ring-group.ts'
import type { RingPorts } from './ring.ts'

const usualTimeoutSeconds = 5

export const pageGroup = (ports: RingPorts): Action =>
  defineAction({
    module: 'page_group',
    summary: 'Lets the caller speak to phones that answer by themselves: devices, users and groups, all at once.',
    source: 'KAZOO cf_page_group.erl; schema callflows.page_group',
    data: Type.Object({
      endpoints: membersKey,
      audio: Type.Enum(['one-way', 'two-way'], {
        default: 'one-way',
        description: 'Whether only the caller is heard, or all of them are',
      }),
      barge_calls: Type.Boolean({
        default: false,
        description: 'Taken, and without effect: a phone that is busy decides itself',
      }),
      timeout: Type.Integer({
        default: usualTimeoutSeconds,
        minimum: 0,
        maximum: 3_600,
        description: 'Seconds within which phones must answer; 0 = 5',
      }),
    }),
    children: { _: 'No phone has answered' },
    example: {
      module: 'page_group',
      data: { endpoints: [{ id: 'workshop', endpoint_type: 'group' }], audio: 'one-way' },
      children: { _: { module: 'tts', data: { text: 'Nobody can hear you.' } } },
    },
    async run({ endpoints, audio, timeout }, context) {
      const { call, clock, signal } = context
      const ringing = await beginRinging(context, ports)
      const members = await readMembers(endpoints, ringing)
      const options = { strategy: 'simultaneous', manner: { answersItself: true } } as const
      const branches = await memberBranches(members, options, ringing)
      if (branches.length === 0) return child()
      const timeoutMs = (timeout === 0 ? usualTimeoutSeconds : timeout) * 1_000
      const plan = { branches, isTwoWay: audio === 'two-way', timeoutMs }
      const answered = await page(call, plan, { calling: ports.calling, clock, signal })
      return answered === 0 ? child() : stop()
    },
  })
