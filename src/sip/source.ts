import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Who an address is where sources are counted: of IPv6 its first 64 bits, because whoever has one address has all that begin
 * like it (RFC 4291 section 2.5.4).
 */
export function sourceOf(address: string): string {
  if (!isIPv6(address)) return address
  const found = ipaddr.process(address)
  return found instanceof ipaddr.IPv6
    ? `${found.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : address
}
