import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { addressFor, plainAddress, type Log } from '../base/index.ts'
import type { Flow } from './session.ts'
import type { OnMessage, OpenTransport } from './transport.ts'

/** What is asked for; the kernel gives at most net.core.rmem_max. */
const bufferBytes = 4 * 1024 * 1024
/** No SIP message is shorter; keep-alives of all kinds are (RFC 5626, and zeros and single bytes of older phones). */
const shortestMessageBytes = 16

export interface UdpTransport extends OpenTransport {
  readonly address: string
  readonly port: number
}

/** Binds a UDP socket. Rejects with the system's error. */
export async function openUdp(host: string, port: number, log: Log): Promise<UdpTransport> {
  const family = isIPv6(host) ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // Without this, Node resolves even literal addresses, and sends one turn of the event loop later.
    lookup: (address, _options, done) => done(null, addressFor(family, address), family),
  })
  await bound(socket, host, port)
  socket.on('error', (error) => log.warn('sip.udp-failed', { error }))
  const onSent = (error: Error | null): void => {
    if (error !== null) log.debug('sip.not-sent', { error })
  }
  return {
    address: socket.address().address,
    port: socket.address().port,
    connections: 0,
    transport: {
      send(message, to) {
        if (to.port < 1 || to.port > 65_535) return false
        socket.send(message, to.port, to.address, onSent)
        return true
      },
      connect: () => Promise.resolve(true),
      receive(onMessage: OnMessage) {
        socket.on('message', (message, { address, port: from }) => {
          if (message.length < shortestMessageBytes) return
          const flow: Flow = { transport: 'udp', address: plainAddress(address), port: from }
          onMessage(message, flow)
        })
      },
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function bound(socket: Socket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close()
      reject(error)
    }
    socket.once('error', failed)
    socket.bind(port, host, () => {
      socket.off('error', failed)
      resolve()
    })
  })
}
