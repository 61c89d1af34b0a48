import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { addressFor } from '../../../base/index.ts'

/**
 * A socket whose `send` leaves at once: the ordinary look-up of an unconnected socket takes a turn of the event loop even
 * for a literal address, and by then the stream's packet buffer holds the next packet (nodejs/node#39468).
 */
export function mediaSocket(host: string): Socket {
  const family = isIPv6(host) ? 6 : 4
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (hostname, _options, found) => found(null, addressFor(family, hostname), family),
  })
}
