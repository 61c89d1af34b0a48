import ipaddr from 'ipaddr.js'
import { Failure } from '../base/index.ts'

/** Which addresses requests may reach: a test on the address that is connected to, never on a name. */
export type Egress = (address: string) => boolean

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

const globalUnicast: Range = [ipaddr.IPv6.parse('2000::'), 3] // RFC 4291 section 2.4: all that is handed out today.

/**
 * Reads egress rules: `any`, `public` (no loopback, private, link-local, carrier-grade NAT, multicast, reserved,
 * translated or tunnelled address), or a list by commas of CIDR ranges, among which `public` may stand too.
 *
 * @throws CONFIG_INVALID
 */
export function readEgress(text: string): Egress {
  const entries = text.split(',').map((entry) => entry.trim().toLowerCase())
  const rules = entries.map((entry): Egress => {
    if (entry === 'any') return () => true
    if (entry === 'public') return isPublic
    const range = readRange(entry)
    return (address) => isWithin(address, range)
  })
  return (address) => rules.some((allows) => allows(address))
}

function readRange(entry: string): Range {
  try {
    if (entry.includes('/')) return ipaddr.parseCIDR(entry)
    const address = ipaddr.parse(entry)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch (cause) {
    const problem = `${JSON.stringify(entry)} is neither any, public nor a CIDR range`
    throw new Failure('CONFIG_INVALID', { at: 'egress', problem }, { cause })
  }
}

/** An address as the rules see it: IPv4 inside IPv6 (`::ffff:10.0.0.1`) counts as the IPv4 address it is. */
const read = (address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined =>
  ipaddr.isValid(address) ? ipaddr.process(address) : undefined

function isWithin(address: string, range: Range): boolean {
  const known = read(address)
  return known !== undefined && known.kind() === range[0].kind() && known.match([range[0], range[1]])
}

/** Can this address be on the public internet? RFC 6890's special ranges, NAT64, 6to4 and Teredo cannot. */
export function isPublic(address: string): boolean {
  const known = read(address)
  if (known?.range() !== 'unicast') return false
  return known.kind() === 'ipv4' || known.match([globalUnicast[0], globalUnicast[1]])
}
