import { Type } from 'typebox'
import type { Member, Queue } from '../queues/index.ts'
import { notFound } from './accept.ts'
import { accepted, act, Action, Message } from './channels.ts'
import { toGregorian } from './paging.ts'
import type { ApiPorts } from './ports.ts'
import { accountParams, defineRoute, type Asked, type Route } from './route.ts'

const summary = {
  name: Type.String(),
  queue_id: Type.String({ description: '`QU…`, the same for the same name.' }),
  size: Type.Integer({ description: 'How many wait.' }),
  max_size: Type.Integer({ description: 'How many may wait.' }),
  average_wait: Type.Integer({ description: 'Seconds that those who wait have waited, on average.' }),
}
const WaitingCaller = Type.Object({
  call_id: Type.String({ description: 'The call: it is a channel too.' }),
  position: Type.Integer({ description: 'From 1.' }),
  wait: Type.Integer({ description: 'Seconds.' }),
  entered: Type.Integer({ description: 'Gregorian seconds.' }),
  is_taken: Type.Boolean({ description: 'Somebody is about to talk with them.' }),
  caller_id_name: Type.String(),
  caller_id_number: Type.String(),
})

const summaryOf = ({ name, sid, size, mostMembers, averageWaitMs }: Queue): Readonly<Record<string, unknown>> => ({
  name,
  queue_id: sid,
  size,
  max_size: mostMembers,
  average_wait: Math.round(averageWaitMs / 1000),
})

const memberTold = (queue: Queue, member: Member): Readonly<Record<string, unknown>> => ({
  call_id: member.call.id,
  position: queue.positionOf(member),
  wait: Math.floor(member.waitedMs / 1000),
  entered: toGregorian(member.enteredAt),
  is_taken: !member.isWaiting,
  caller_id_name: member.call.variables.callerIdName,
  caller_id_number: member.call.variables.callerIdNumber,
})

type OfQueue = Pick<Asked<{ readonly queueName: string }>, 'accountId' | 'params'>
type OfMember = Pick<Asked<{ readonly queueName: string; readonly callId: string }>, 'accountId' | 'params'>

/** @throws API_NOT_FOUND */
function queueOf({ accountId, params }: OfQueue, { queues, node }: ApiPorts): Queue {
  const found = queues.find(accountId, params.queueName)
  if (found === undefined) throw notFound(`queue ${params.queueName} on node ${node}: it has not been used lately`)
  return found
}

/** @throws API_NOT_FOUND */
function memberOf(asked: OfMember, ports: ApiPorts): { readonly queue: Queue; readonly member: Member } {
  const { callId } = asked.params
  const queue = queueOf(asked, ports)
  const member = queue.members.find(({ call }) => call.id === callId)
  if (member === undefined) throw notFound(`call ${callId} in the queue ${queue.name}`)
  return { queue, member }
}

const source = 'ours; Twilio Queues and Members'
const url = '/v2/accounts/:accountId/queues'

export const queueRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    url,
    summary: 'The queues that callers have waited in lately, by name.',
    source,
    scope: 'read',
    params: accountParams(),
    answer: Type.Array(Type.Object(summary)),
    async run({ accountId }, { queues }) {
      const all = queues.list(accountId)
      return { data: all.map(summaryOf), page: { size: all.length } }
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/:queueName`,
    summary: 'A queue, by its name or id, and who waits in it, the next one first.',
    source,
    scope: 'read',
    params: accountParams('queueName'),
    answer: Type.Object({ ...summary, members: Type.Array(WaitingCaller) }),
    async run(asked, ports) {
      const queue = queueOf(asked, ports)
      return { data: { ...summaryOf(queue), members: queue.members.map((member) => memberTold(queue, member)) } }
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${url}/:queueName/members/:callId`,
    summary: 'Somebody who waits in a queue.',
    source,
    scope: 'read',
    params: accountParams('queueName', 'callId'),
    answer: WaitingCaller,
    async run(asked, ports) {
      const { queue, member } = memberOf(asked, ports)
      return { data: memberTold(queue, member) }
    },
  }),
  defineRoute({
    method: 'PUT',
    url: `${url}/:queueName/members/:callId`,
    summary: 'Sends somebody who waits in a queue elsewhere, or hangs them up: as channels do, but only from there.',
    source,
    scope: 'calls',
    params: accountParams('queueName', 'callId'),
    body: Action,
    answer: Message,
    example: { action: 'transfer', target: '2000' },
    run: (asked, ports) => act(memberOf(asked, ports).member.call, asked, ports),
  }),
  defineRoute({
    method: 'DELETE',
    url: `${url}/:queueName/members/:callId`,
    summary: 'Takes somebody out of a queue: what they run goes on after it, as when they leave it by themselves.',
    source,
    scope: 'calls',
    params: accountParams('queueName', 'callId'),
    answer: Message,
    async run(asked, ports) {
      const { queue, member } = memberOf(asked, ports)
      const { id: callId } = member.call
      if (!member.dismiss()) throw notFound(`call ${callId} in the queue ${queue.name}: somebody talks with it now`)
      asked.log.info('api.dismissed', { accountId: asked.accountId, callId, queueId: queue.sid })
      return accepted('dismissed')
    },
  }),
]
