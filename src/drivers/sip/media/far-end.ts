import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { RtpPacket } from '../../../rtp/index.ts'
import type { MediaAgreement } from '../media-port.ts'

/** Comfort noise (RFC 3389): sent by some without being agreed on. */
export const comfortNoise = 13

export interface Place {
  readonly address: string
  readonly port: number
}

/**
 * Whose sound counts, and where ours goes. Symmetric RTP: until the first valid packet we send where SDP says. That
 * packet must have an agreed payload type and come from the address that SDP or signalling names; from then on only its
 * exact source counts, so nobody else can speak or redirect the sound. A new agreement starts this over.
 */
export class FarEnd {
  #destination: Place | undefined
  #isLatched = false

  /** Where it wants to hear us; undefined while nobody knows. */
  get destination(): Place | undefined {
    return this.#destination
  }

  agree({ address, port }: MediaAgreement): void {
    this.#isLatched = false
    this.#destination = isIP(address) !== 0 && port > 0 ? { address, port } : undefined
  }

  /** Is a packet from there part of the call? */
  speaks(agreement: MediaAgreement, { payloadType }: RtpPacket, from: Place): boolean {
    const { telephoneEvent } = agreement
    if (payloadType !== agreement.payloadType && payloadType !== telephoneEvent && payloadType !== comfortNoise)
      return false
    const address = withoutMapping(from.address)
    if (this.#isLatched) return this.#destination?.address === address && this.#destination.port === from.port
    const named = [agreement.address, agreement.signallingAddress].map(canonical)
    if (!named.includes(canonical(address))) return false
    this.#isLatched = true
    this.#destination = { address, port: from.port }
    return true
  }
}

/** A socket of both families shows IPv4 addresses as `::ffff:192.0.2.1`. */
export const withoutMapping = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)

/** SDP may write an IPv6 address in more than one way. */
const canonical = (address: string): string => (ipaddr.isValid(address) ? ipaddr.process(address).toString() : address)
