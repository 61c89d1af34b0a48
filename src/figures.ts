import type { Figure } from './api/index.ts'
import type { EmbeddedCounters } from './drivers/sip/index.ts'

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
    figure('sip_retransmitted_total', 'SIP messages sent again for want of an answer', ({ sip }) => sip.retransmitted),
    figure('sip_transactions', 'SIP transactions that are kept now', ({ sip }) => sip.transactions),
    figure('sip_connections', 'TCP connections for SIP that are open now', ({ sip }) => sip.connections),
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
  ]
}
