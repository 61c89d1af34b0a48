import { payloadStart, putUint32, uint16, uint32 } from './packet.ts'
import { ReplayWindow } from './replay-window.ts'
import { packetCipher, type PacketCipher, type PacketParts } from './srtp-cipher.ts'
import { sessionKeys, srtpSuites, type SrtpKey, type SrtpSuiteFacts } from './srtp-suite.ts'

const rtcpHeaderBytes = 8
const indexBytes = 4
const encryptedBit = 0x8000_0000
const mostRtcpIndex = 0x7fff_ffff
/** Nobody sends more in one packet of sound or reports: an Ethernet frame has 1500 bytes. */
const mostBytes = 4_096
const longestTagBytes = 16
/** Sources that are remembered. A far end has one at a time, and another when it is transferred or begins again. */
const mostSources = 16

/** Both ciphers of one side. */
class SrtpSide {
  readonly suite: SrtpSuiteFacts
  readonly rtp: PacketCipher
  readonly rtcp: PacketCipher

  constructor(key: SrtpKey) {
    this.suite = srtpSuites[key.suite]
    this.rtp = packetCipher(this.suite, sessionKeys(key, 'rtp'))
    this.rtcp = packetCipher(this.suite, sessionKeys(key, 'rtcp'))
  }
}

/**
 * Encrypts what one side sends (RFC 3711). Packets are written into a buffer of the sender, so one is valid until the
 * next is made.
 */
export class SrtpSender {
  readonly #side: SrtpSide
  readonly #packet = new Uint8Array(mostBytes + longestTagBytes + indexBytes)
  #ssrc: number | undefined
  #sequence = 0
  #rollover = 0
  #rtcpIndex = 0

  constructor(key: SrtpKey) {
    this.#side = new SrtpSide(key)
  }

  /** Packets have to come in the order of their sequence numbers, each number once. */
  protect(packet: Uint8Array): Uint8Array {
    const [ssrc, number] = [uint32(packet, 8), uint16(packet, 2)]
    if (ssrc !== this.#ssrc) this.#rollover = 0
    else if (number < this.#sequence) this.#rollover++
    this.#ssrc = ssrc
    this.#sequence = number
    this.#packet.set(packet)
    const { tagBytes } = this.#side.suite
    const end = packet.length
    const parts = { start: payloadStart(packet), end, tag: end, tagBytes }
    this.#side.rtp.seal(this.#packet, parts, { ssrc, rollover: this.#rollover, number })
    return this.#packet.subarray(0, end + tagBytes)
  }

  /** RFC 3711 section 3.4; RFC 7714 section 9.2, where the tag stands before the index. */
  protectRtcp(packet: Uint8Array): Uint8Array {
    const { cipher, rtcpTagBytes: tagBytes } = this.#side.suite
    const end = packet.length
    const [tag, index] = cipher === 'gcm' ? [end, end + tagBytes] : [end + indexBytes, end]
    const number = (encryptedBit | this.#rtcpIndex) >>> 0
    this.#rtcpIndex = (this.#rtcpIndex + 1) & mostRtcpIndex
    this.#packet.set(packet)
    const parts = { start: rtcpHeaderBytes, end, tag, tagBytes }
    this.#side.rtcp.seal(this.#packet, parts, { ssrc: uint32(packet, 4), rollover: undefined, number })
    putUint32(this.#packet, index, number)
    return this.#packet.subarray(0, end + tagBytes + indexBytes)
  }
}

/** What is known of one that sends. */
interface Source {
  readonly rtp: ReplayWindow
  readonly rtcp: ReplayWindow
}

/**
 * Decrypts what the other side sends, in the buffer that it came in. What is not genuine, has been taken before or comes
 * too late is refused.
 */
export class SrtpReceiver {
  readonly #side: SrtpSide
  readonly #mkiBytes: number
  /** The highest index of each source until then. */
  readonly #before: ReadonlyMap<number, number>
  /** Oldest first. */
  readonly #sources = new Map<number, Source>()

  /** @param before what was in force until now: whoever changes keys may go on counting rollovers (RFC 3711 section 3.3.1) */
  constructor(key: SrtpKey, before?: SrtpReceiver) {
    this.#side = new SrtpSide(key)
    this.#mkiBytes = key.mkiBytes ?? 0
    this.#before = new Map(before?.indexes ?? [])
  }

  /** The highest index of each source. */
  get indexes(): readonly (readonly [ssrc: number, index: number])[] {
    return [...this.#sources].map(([ssrc, { rtp }]) => [ssrc, rtp.highest])
  }

  /** @returns the packet as it was before it was encrypted, or undefined to refuse it */
  unprotect(packet: Uint8Array): Uint8Array | undefined {
    const { cipher, tagBytes } = this.#side.suite
    const start = payloadStart(packet)
    const end = packet.length - tagBytes - this.#mkiBytes
    if (start > end || packet.length > mostBytes) return undefined
    const tag = cipher === 'gcm' ? end : packet.length - tagBytes
    const [ssrc, number] = [uint32(packet, 8), uint16(packet, 2)]
    const source = this.#sources.get(ssrc) ?? newSource()
    const parts = { start, end, tag, tagBytes }
    return this.#open(packet, parts, ssrc, number, source) ? packet.subarray(0, end) : undefined
  }

  /** @returns the compound packet as it was before it was encrypted, or undefined to refuse it */
  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const { cipher, rtcpTagBytes: tagBytes } = this.#side.suite
    const end = packet.length - tagBytes - this.#mkiBytes - indexBytes
    if (end < rtcpHeaderBytes || packet.length > mostBytes) return undefined
    const index = cipher === 'gcm' ? end + tagBytes : end
    const tag = cipher === 'gcm' ? end : packet.length - tagBytes
    const [ssrc, number] = [uint32(packet, 4), uint32(packet, index)]
    const source = this.#sources.get(ssrc) ?? newSource()
    // Unencrypted RTCP would have to be agreed on (UNENCRYPTED_SRTCP), and is not.
    if (number < encryptedBit || !source.rtcp.isFresh(number)) return undefined
    const parts = { start: rtcpHeaderBytes, end, tag, tagBytes }
    if (!this.#side.rtcp.open(packet, parts, { ssrc, rollover: undefined, number })) return undefined
    source.rtcp.take(number)
    this.#keep(ssrc, source)
    return packet.subarray(0, end)
  }

  #open(packet: Uint8Array, parts: PacketParts, ssrc: number, number: number, source: Source): boolean {
    for (const rollover of this.#rolloversOf(ssrc, number, source)) {
      const index = rollover * 0x1_0000 + number
      if (!source.rtp.isFresh(index)) continue
      if (!this.#side.rtp.open(packet, parts, { ssrc, rollover, number })) continue
      source.rtp.take(index)
      this.#keep(ssrc, source)
      return true
    }
    return false
  }

  /**
   * How often the numbers of this packet's source may have wrapped: one guess for a source that is known (RFC 3711 section
   * 3.3.1). One that is new has not wrapped, or has while its first packets were lost, or goes on from before.
   */
  #rolloversOf(ssrc: number, number: number, { rtp }: Source): readonly number[] {
    if (rtp.highest >= 0) return [guessRollover(rtp.highest, number)].filter((rollover) => rollover >= 0)
    const before = this.#before.get(ssrc) ?? -1
    return before < 0x1_0000 ? [0, 1] : [0, 1, guessRollover(before, number)]
  }

  #keep(ssrc: number, source: Source): void {
    if (this.#sources.has(ssrc)) return
    const [oldest] = this.#sources.keys()
    if (this.#sources.size >= mostSources && oldest !== undefined) this.#sources.delete(oldest)
    this.#sources.set(ssrc, source)
  }
}

const newSource = (): Source => ({ rtp: new ReplayWindow(), rtcp: new ReplayWindow() })

/** The rollover that brings `number` nearest to the highest index. */
function guessRollover(highest: number, number: number): number {
  const rollover = Math.floor(highest / 0x1_0000)
  const ahead = number - (highest % 0x1_0000)
  if (ahead > 0x8000) return rollover - 1
  return ahead < -0x8000 ? rollover + 1 : rollover
}
