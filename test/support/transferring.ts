import type { Transferring } from '../contract/leg.ts'
import type { FarEnd as SimulatedFarEnd } from '../../src/drivers/simulator/index.ts'
import type { FakeInvite } from './fake-invite.ts'
import type { FakeOutgoing } from './fake-outgoing.ts'

/** Transfers as the far end of a session asks for them, and answers ours. */
export const transferringBySip = (session: FakeInvite | FakeOutgoing): Transferring => ({
  askTransfer(user, replacesCallId) {
    const to = { displayName: undefined, user, host: 'a1.example', uri: `sip:${user}@a1.example` }
    session.awaitsReport = true
    session.listener.referred({ to, replaces: replacesCallId, referredBy: undefined })
  },
  transferStatuses: () => session.reports,
  reportTransfer: (status) => session.refers({ how: 'reported', status }),
  refuseTransfer: (status) => session.refers({ how: 'refused', status }),
})

/** The same of somebody who is simulated. */
export const transferringSimulated = (farEnd: SimulatedFarEnd): Transferring => ({
  askTransfer: (user, replacesCallId) => farEnd.transfers({ user, realm: 'a1.example' }, replacesCallId),
  transferStatuses: () => farEnd.transferStatuses.filter((status) => status >= 200),
  reportTransfer: (status) => farEnd.reportsTransfer(status),
  refuseTransfer: (status) => farEnd.refusesTransfer(status),
})
