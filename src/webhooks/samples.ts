import type { Cdr } from '../call/index.ts'
import type { Fields } from '../pivot/index.ts'
import type { HookName } from './document.ts'
import type { HookFacts } from './facts.ts'
import { payloadOf } from './payload.ts'

const at = Date.UTC(2026, 0, 15, 12)

const leg: Cdr = {
  id: '202601-2b6f1c9e@192.0.2.10',
  callId: '2b6f1c9e@192.0.2.10',
  interactionId: '63936086400-5f0d21aa',
  accountId: '0123456789abcdef0123456789abcdef',
  accountRealm: 'shop.example',
  direction: 'inbound',
  callerIdName: 'Ann Lee',
  callerIdNumber: '+15551230001',
  calleeIdName: undefined,
  calleeIdNumber: '+15551230100',
  from: '+15551230001@shop.example',
  to: '+15551230100@shop.example',
  request: '+15551230100@shop.example',
  authorizingId: 'fedcba9876543210fedcba9876543210',
  authorizingType: 'device',
  ownerId: undefined,
  callflowId: '89abcdef0123456789abcdef01234567',
  createdAt: at,
  ringingAt: at + 100,
  answeredAt: at + 3_100,
  userAgent: 'Phone/1.0',
  source: '192.0.2.10:5060',
  sipHeaders: {},
  applicationVariables: { ticket: '42' },
  channelVariables: {},
  recordings: [],
  reports: [],
  endedAt: at + 63_100,
  ringingSeconds: 3,
  durationSeconds: 63,
  billingSeconds: 60,
  billingMs: 60_000,
  hangupCause: 'NORMAL_CLEARING',
  hangupCode: 'sip:200',
  endedBy: 'caller',
}
const { accountId } = leg

const facts: { readonly [E in HookName]: HookFacts } = {
  channel_create: { event: 'channel_create', leg, at },
  channel_answer: { event: 'channel_answer', leg, at: at + 3_100 },
  channel_bridge: {
    event: 'channel_bridge',
    leg,
    at: at + 3_100,
    otherLeg: { callId: '7a1e55d0@192.0.2.20', destinationNumber: '2001' },
  },
  channel_destroy: { event: 'channel_destroy', leg },
  parking: { event: 'parking', name: 'PARK_PARKED', leg, slot: '*3100', at },
  object: {
    event: 'object',
    accountId,
    id: '89abcdef0123456789abcdef01234567',
    type: 'callflow',
    action: 'doc_edited',
    at,
  },
  notifications: {
    event: 'notifications',
    accountId,
    type: 'webhook_disabled',
    at,
    details: {
      hook_id: '76543210fedcba9876543210fedcba98',
      hook_name: 'To the shop',
      hook: 'channel_destroy',
      uri: 'https://shop.example/calls',
      reason: 'too many failed attempts',
    },
  },
}

/** What each hook tells, as an example. */
export const hookSamples: Readonly<Record<HookName, Fields>> = {
  channel_create: sample('channel_create'),
  channel_answer: sample('channel_answer'),
  channel_bridge: sample('channel_bridge'),
  channel_destroy: sample('channel_destroy'),
  parking: sample('parking'),
  object: sample('object'),
  notifications: sample('notifications'),
}

function sample(hook: HookName): Fields {
  const payload = payloadOf(facts[hook], { isV2: false, customData: {} }, { clusterId: 'pivot', resellerId: undefined })
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined))
}
