import { createCipheriv, createDecipheriv, createHmac, type CipherGCMTypes } from 'node:crypto'
import { putUint32 } from './packet.ts'
import type { SessionKeys, SrtpSuiteFacts } from './srtp-suite.ts'

/** Where a packet stands among all of its source. */
export interface PacketPlace {
  readonly ssrc: number
  /** Of RTP: how often the sequence number has wrapped. Of RTCP: undefined. */
  readonly rollover: number | undefined
  /** Of RTP: the sequence number. Of RTCP: the index with the bit for "encrypted", as it stands in the packet. */
  readonly number: number
}

/** What of the packet is what: `0…start` is authenticated, `start…end` encrypted too. */
export interface PacketParts {
  readonly start: number
  readonly end: number
  /** Where the tag is, or is to be written. */
  readonly tag: number
  readonly tagBytes: number
}

/** Encrypts and decrypts packets where they are. */
export interface PacketCipher {
  seal(packet: Uint8Array, parts: PacketParts, place: PacketPlace): void
  /** @returns whether the packet is genuine; if not it is unchanged */
  open(packet: Uint8Array, parts: PacketParts, place: PacketPlace): boolean
}

export const packetCipher = ({ cipher }: SrtpSuiteFacts, keys: SessionKeys): PacketCipher =>
  cipher === 'gcm' ? new GcmCipher(keys) : new CounterCipher(keys)

const blockBytes = 16
const encryptedBit = 0x8000_0000

/**
 * AES in counter mode with HMAC-SHA1 (RFC 3711 sections 4.1.1 and 4.2.1). The counter mode is made of ECB, whose cipher can
 * be kept for all packets: measured, 0.7 µs for a packet instead of 2 µs for a new cipher each time.
 */
class CounterCipher implements PacketCipher {
  readonly #blocks: ReturnType<typeof createCipheriv>
  readonly #salt: Uint8Array
  readonly #authKey: Uint8Array
  readonly #start = new Uint8Array(blockBytes)
  readonly #word = new Uint8Array(4)
  #counters = new Uint8Array(0)

  constructor({ cipherKey, authKey, salt }: SessionKeys) {
    this.#blocks = createCipheriv(cipherKey.length === 32 ? 'aes-256-ecb' : 'aes-128-ecb', cipherKey, null)
    this.#blocks.setAutoPadding(false)
    this.#salt = salt
    this.#authKey = authKey
  }

  seal(packet: Uint8Array, parts: PacketParts, place: PacketPlace): void {
    this.#crypt(packet, parts, place)
    const tag = this.#tag(packet, parts, place)
    for (let i = 0; i < parts.tagBytes; i++) packet[parts.tag + i] = tag[i] ?? 0
  }

  open(packet: Uint8Array, parts: PacketParts, place: PacketPlace): boolean {
    const tag = this.#tag(packet, parts, place)
    let difference = 0
    for (let i = 0; i < parts.tagBytes; i++) difference |= (tag[i] ?? 0) ^ (packet[parts.tag + i] ?? 0)
    if (difference !== 0) return false
    this.#crypt(packet, parts, place)
    return true
  }

  /** RTP is authenticated with the rollover counter behind it, RTCP with its index (RFC 3711 sections 4.2 and 3.4). */
  #tag(packet: Uint8Array, { end }: PacketParts, { rollover, number }: PacketPlace): Uint8Array {
    putUint32(this.#word, 0, rollover ?? number)
    return createHmac('sha1', this.#authKey).update(packet.subarray(0, end)).update(this.#word).digest()
  }

  #crypt(packet: Uint8Array, { start, end }: PacketParts, place: PacketPlace): void {
    const blocks = Math.ceil((end - start) / blockBytes)
    if (blocks === 0) return
    const keystream = this.#blocks.update(this.#countersOf(blocks, place))
    for (let at = start; at < end; at++) packet[at] = (packet[at] ?? 0) ^ (keystream[at - start] ?? 0)
  }

  /** RFC 3711 section 4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16). */
  #countersOf(blocks: number, { ssrc, rollover, number }: PacketPlace): Uint8Array {
    const start = this.#start
    start.fill(0)
    start.set(this.#salt)
    xorUint32(start, 4, ssrc)
    xorUint32(start, 8, rollover ?? (number & ~encryptedBit) >>> 16)
    xorUint16(start, 12, number)
    const bytes = blocks * blockBytes
    if (this.#counters.length < bytes) this.#counters = new Uint8Array(bytes)
    const counters = this.#counters
    for (let block = 0; block < blocks; block++) {
      counters.set(start, block * blockBytes)
      counters[block * blockBytes + 14] = block >>> 8
      counters[block * blockBytes + 15] = block
    }
    return counters.subarray(0, bytes)
  }
}

/** AES-GCM (RFC 7714), which authenticates by itself. */
class GcmCipher implements PacketCipher {
  readonly #algorithm: CipherGCMTypes
  readonly #key: Uint8Array
  readonly #salt: Uint8Array
  readonly #nonce = new Uint8Array(12)
  /** The header of an RTCP packet and its index. */
  readonly #rtcpHeader = new Uint8Array(12)

  constructor({ cipherKey, salt }: SessionKeys) {
    this.#algorithm = cipherKey.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm'
    this.#key = cipherKey
    this.#salt = salt
  }

  seal(packet: Uint8Array, parts: PacketParts, place: PacketPlace): void {
    const cipher = createCipheriv(this.#algorithm, this.#key, this.#nonceOf(place))
    cipher.setAAD(this.#authenticatedOnly(packet, parts, place))
    packet.set(cipher.update(packet.subarray(parts.start, parts.end)), parts.start)
    cipher.final()
    packet.set(cipher.getAuthTag(), parts.tag)
  }

  open(packet: Uint8Array, parts: PacketParts, place: PacketPlace): boolean {
    const options = { authTagLength: parts.tagBytes }
    const decipher = createDecipheriv(this.#algorithm, this.#key, this.#nonceOf(place), options)
    decipher.setAAD(this.#authenticatedOnly(packet, parts, place))
    decipher.setAuthTag(packet.subarray(parts.tag, parts.tag + parts.tagBytes))
    const plain = decipher.update(packet.subarray(parts.start, parts.end))
    try {
      decipher.final()
    } catch {
      return false
    }
    packet.set(plain, parts.start)
    return true
  }

  /** RFC 7714 sections 8.1 and 9.1: two zeros, SSRC, rollover or zeros, sequence or index; all that XOR the salt. */
  #nonceOf({ ssrc, rollover, number }: PacketPlace): Uint8Array {
    const nonce = this.#nonce
    nonce.set(this.#salt)
    xorUint32(nonce, 2, ssrc)
    xorUint32(nonce, 6, rollover ?? (number & ~encryptedBit) >>> 16)
    xorUint16(nonce, 10, number)
    return nonce
  }

  #authenticatedOnly(packet: Uint8Array, { start }: PacketParts, { rollover, number }: PacketPlace): Uint8Array {
    if (rollover !== undefined) return packet.subarray(0, start)
    this.#rtcpHeader.set(packet.subarray(0, start))
    putUint32(this.#rtcpHeader, start, number)
    return this.#rtcpHeader
  }
}

function xorUint32(bytes: Uint8Array, at: number, value: number): void {
  xorUint16(bytes, at, value >>> 16)
  xorUint16(bytes, at + 2, value)
}

function xorUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ ((value >>> 8) & 0xff)
  bytes[at + 1] = (bytes[at + 1] ?? 0) ^ (value & 0xff)
}
