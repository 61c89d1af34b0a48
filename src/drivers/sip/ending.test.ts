import { expect, test } from 'vitest'
import type { SessionEnd } from '../../sip/index.ts'
import { causeOfReason, hangupOf } from './ending.ts'

const bye = (reason?: string): SessionEnd => ({ how: 'bye', by: 'far', reason })

test.each<[string, SessionEnd, object]>([
  ['a caller who hangs up', bye(), { by: 'caller', cause: 'NORMAL_CLEARING', sipStatus: 200 }],
  ['one who says why', bye('Q.850;cause=17;text="busy"'), { by: 'caller', cause: 'USER_BUSY', sipStatus: 486 }],
  [
    'a caller who gives up',
    { how: 'cancelled', reason: undefined },
    { by: 'caller', cause: 'ORIGINATOR_CANCEL', sipStatus: 487 },
  ],
  [
    'a caller whose call was taken elsewhere',
    { how: 'cancelled', reason: 'SIP;cause=200;text="Call completed elsewhere"' },
    { by: 'caller', cause: 'ORIGINATOR_CANCEL', sipStatus: 487 },
  ],
  [
    'a trunk that cancels for congestion',
    { how: 'cancelled', reason: 'Q.850;cause=42' },
    { by: 'caller', cause: 'SWITCH_CONGESTION', sipStatus: 487 },
  ],
  ['a call that signalling refused', { how: 'rejected', status: 488 }, { by: 'server', sipStatus: 488 }],
  ['an ACK that never came', { how: 'timeout', what: 'ack' }, { by: 'network', cause: 'RECOVERY_ON_TIMER_EXPIRE' }],
  ['a connection that broke', { how: 'timeout', what: 'transport' }, { by: 'network', cause: 'NETWORK_OUT_OF_ORDER' }],
])('%s', (_who, end, hangup) => {
  expect(hangupOf(end, 'caller')).toMatchObject(hangup)
})

test('Q.850 says more than SIP; what is neither says nothing', () => {
  expect(causeOfReason('SIP ;cause=486 ;text="Busy", Q.850;cause=16')).toBe('NORMAL_CLEARING')
  expect(causeOfReason('SIP;cause=486')).toBe('USER_BUSY')
  expect(causeOfReason('preemption;cause=1')).toBeUndefined()
})
