import type { Figure } from './api/index.ts'
import type { EmbeddedCounters } from './drivers/sip/index.ts'
import type { Outbox } from './outbox/index.ts'
import type { RegistrationCounters, TrunkCounters } from './registrations/index.ts'
import { transportNames } from './sip/index.ts'
import type { Store } from './store/index.ts'

const shown = { udp: 'UDP', tcp: 'TCP', tls: 'TLS', ws: 'WebSocket', wss: 'WebSocket with TLS' } as const

/** What the embedded driver counts, as metrics. */
export function embeddedFigures(counters: () => EmbeddedCounters): readonly Figure[] {
  const figure = (name: string, help: string, read: (counters: EmbeddedCounters) => number): Figure => ({
    name: `pivot_${name}`,
    help,
    read: () => read(counters()),
  })
  return [
    figure('sip_received_total', 'SIP messages received', ({ sip }) => sip.received),
    figure('sip_sent_total', 'SIP messages sent', ({ sip }) => sip.sent),
    figure('sip_malformed_total', 'SIP messages that could not be read', ({ sip }) => sip.malformed),
    figure('sip_refused_total', 'Requests refused or dropped because of a limit or a drain', ({ sip }) => sip.refused),
    figure('sip_challenged_total', 'Requests of phones that were asked for a password', ({ sip }) => sip.challenged),
    figure('sip_unauthenticated_total', 'Wrong answers to that', ({ sip }) => sip.unauthenticated),
    figure('sip_banned', 'Addresses that are not listened to because of these now', ({ sip }) => sip.banned),
    figure('sip_retransmitted_total', 'SIP messages sent again for want of an answer', ({ sip }) => sip.retransmitted),
    figure('sip_transactions', 'SIP transactions that are kept now', ({ sip }) => sip.transactions),
    figure('sip_connections', 'Connections for SIP that are open now', ({ sip }) => sip.connections),
    ...transportNames.flatMap((name) => [
      figure(
        `sip_${name}_received_total`,
        `SIP messages received by ${shown[name]}`,
        ({ sip }) => sip.transports[name].received,
      ),
      figure(`sip_${name}_sent_total`, `SIP messages sent by ${shown[name]}`, ({ sip }) => sip.transports[name].sent),
    ]),
    ...transportNames
      .filter((name) => name !== 'udp')
      .map((name) =>
        figure(
          `sip_${name}_connections`,
          `Connections of ${shown[name]} for SIP that are open now`,
          ({ sip }) => sip.transports[name].connections,
        ),
      ),
    figure('media_ports', 'Media ports in use now', ({ mediaLegs }) => mediaLegs),
    figure('rtp_sent_total', 'RTP packets sent on calls that have ended', ({ packetsSent }) => packetsSent),
    figure(
      'rtp_received_total',
      'RTP packets received on calls that have ended',
      ({ packetsReceived }) => packetsReceived,
    ),
    figure(
      'rtp_lost_total',
      'RTP packets that did not arrive on calls that have ended',
      ({ packetsLost }) => packetsLost,
    ),
    figure(
      'srtp_rejected_total',
      'Encrypted RTP packets that were not genuine or came again, on calls that have ended',
      ({ packetsRejected }) => packetsRejected,
    ),
    figure('srtp_legs_total', 'Legs whose sound was encrypted, that have ended', ({ legsEncrypted }) => legsEncrypted),
  ]
}

/** Who is registered. */
export function registrationFigures({
  counters,
}: {
  readonly counters: () => RegistrationCounters
}): readonly Figure[] {
  const figure = (name: string, help: string, read: (counters: RegistrationCounters) => number): Figure => ({
    name: `pivot_${name}`,
    help,
    read: () => read(counters()),
  })
  return [
    figure('registrations', 'Contacts of phones that this process has taken', ({ registered }) => registered),
    figure('registrations_added_total', 'Contacts that were registered', ({ added }) => added),
    figure(
      'registrations_refreshed_total',
      'Contacts that were registered again in time',
      ({ refreshed }) => refreshed,
    ),
    figure('registrations_removed_total', 'Contacts that were taken away', ({ removed }) => removed),
    figure('registrations_expired_total', 'Contacts that were not registered again in time', ({ expired }) => expired),
  ]
}

/** The carriers that we register with. */
export const trunkFigures = (counters: () => TrunkCounters): readonly Figure[] => [
  {
    name: 'pivot_trunk_registrations_wanted',
    help: 'Gateways of resources that want us registered',
    read: () => counters().wanted,
  },
  {
    name: 'pivot_trunk_registrations',
    help: 'Gateways of resources that have us registered',
    read: () => counters().registered,
  },
  {
    name: 'pivot_trunk_registration_failures_total',
    help: 'Times that a gateway did not take our registration',
    read: () => counters().failures,
  },
]

/** What is on its way to the database, and from there to web servers. */
export function keepingFigures({
  store,
  outbox,
}: {
  readonly store: Store
  readonly outbox: Outbox
}): readonly Figure[] {
  const { records } = store
  const figure = (name: string, help: string, read: () => number): Figure => ({ name: `pivot_${name}`, help, read })
  return [
    figure('records_waiting', 'Units of records that wait to be written', () => records.counters().queued),
    figure('records_waiting_bytes', 'Bytes of records that wait to be written', () => records.counters().queuedBytes),
    figure('records_written_total', 'Units of records that were written', () => records.counters().written),
    figure('records_dropped_total', 'Units of records that could not be kept', () => records.counters().dropped),
    figure('records_journaled_total', 'Units that went to the journal on disk', () => records.counters().journaled),
    figure('database_retries_total', 'Transactions tried again', () => records.counters().retries),
    figure('database_commit_ms', 'Milliseconds that the last commit took', () => records.counters().lastCommitMs),
    figure('deliveries_held', 'Deliveries held in memory', () => outbox.held),
    figure('deliveries_underway', 'Deliveries being made now', () => outbox.underway),
  ]
}
