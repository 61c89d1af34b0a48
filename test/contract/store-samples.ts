import type { CallEvent, Cdr, LegRecord } from '../../src/call/index.ts'
import type { Job } from '../../src/outbox/index.ts'
import type { DebugEntry } from '../../src/records/index.ts'

/** A leg of the account, as it is while the call goes on. */
export const aLeg = (accountId: string, callId: string, fields: Partial<LegRecord> = {}): LegRecord => ({
  callId,
  interactionId: `63955555555-${callId}`,
  accountId,
  accountRealm: 'realm.example',
  direction: 'inbound',
  callerIdName: 'Zoë "Z" O’Neil \u0000 \ud83d\ude00',
  callerIdNumber: '+15551230001',
  calleeIdName: undefined,
  calleeIdNumber: '2030',
  from: '+15551230001@realm.example',
  to: '2030@realm.example',
  request: '2030@realm.example',
  authorizingId: undefined,
  authorizingType: undefined,
  ownerId: undefined,
  callflowId: 'flow-1',
  createdAt: 1_000,
  ringingAt: 1_010,
  answeredAt: 1_500,
  userAgent: 'phone',
  source: '127.0.0.1:5062',
  sipHeaders: { 'x-test': "it's" },
  applicationVariables: { a: [1, { b: null }] },
  channelVariables: { c: 'd' },
  recordings: [],
  reports: [],
  ...fields,
})

export const aCdr = (accountId: string, callId: string, fields: Partial<Cdr> = {}): Cdr => ({
  ...aLeg(accountId, callId),
  id: `197001-${callId}`,
  endedAt: 9_000,
  ringingSeconds: 0,
  durationSeconds: 8,
  billingSeconds: 8,
  billingMs: 7_500,
  hangupCause: 'NORMAL_CLEARING',
  hangupCode: 'sip:200',
  endedBy: 'caller',
  ...fields,
})

export const aJob = (id: string, fields: Partial<Job> = {}): Job => ({
  id,
  accountId: 'acme',
  kind: 'webhook',
  url: 'https://shop.example/hook',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: `{"job":"${id}"}`,
  createdAt: 1_000,
  attempts: 0,
  dueAt: 1_000,
  ...fields,
})

export const anEvent = (accountId: string, callId: string, sequence: number): { at: number; event: CallEvent } => ({
  at: 1_000 + sequence,
  event: {
    type: 'node.started',
    module: 'play',
    data: { id: 'welcome', text: 'a prompt of about the usual length' },
    sequence,
    atMs: sequence,
    callId,
    accountId,
  },
})

export const aDebugEntry = (accountId: string, callId: string, iteration: number, at: number): DebugEntry => ({
  accountId,
  callId,
  iteration,
  attempt: 1,
  at,
  node: 'node-1',
  record: { method: 'post', uri: 'https://shop.example/voice', iteration },
})

/** A unit as most calls end: its CDR, 20 events and a job. */
export const aCallsEnd = (accountId: string, callId: string) => ({
  ended: aCdr(accountId, callId),
  events: Array.from({ length: 20 }, (_, index) => anEvent(accountId, callId, index + 1)),
  jobs: [aJob(`job-${callId}`, { accountId, callId, orderKey: callId })],
})
