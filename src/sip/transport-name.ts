/** What carries messages: RFC 3261 section 18, RFC 7118. */
export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

export const transportNames: readonly TransportName[] = ['udp', 'tcp', 'tls', 'ws', 'wss']

/** By which we reach others of our own accord; WebSockets are only made by the clients that want them. */
export type DialledTransport = Exclude<TransportName, 'ws' | 'wss'>

/** Bytes arrive whole and in order, and whatever belongs to a call goes by the connection that it came by. */
export const isConnection = (transport: TransportName): boolean => transport !== 'udp'

/** Nobody on the way reads it. */
export const isSecure = (transport: TransportName): boolean => transport === 'tls' || transport === 'wss'

/** Where nobody has said a port (RFC 3261 section 19.1.2). */
export const usualPort = (transport: TransportName): number => (isSecure(transport) ? 5061 : 5060)

/**
 * The parameter that a URI of ours needs so that it leads to this transport. `sips:` says by itself that TLS is meant, and
 * a WebSocket is `ws` whether it is secure or not (RFC 7118 section 5.2).
 */
export function transportParam(transport: TransportName, isSips: boolean): string {
  if (transport === 'udp' || (transport === 'tls' && isSips)) return ''
  return `;transport=${transport === 'wss' ? 'ws' : transport}`
}
