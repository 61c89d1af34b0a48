import { parse, type MediaDescription, type SessionDescription } from 'sdp-transform'
import { isIP, isIPv6 } from 'node:net'
import { randomUint32 } from '../../base/index.ts'
import type { Law, MediaAgreement, RtcpPlace } from './media-port.ts'
import { cryptoLine, cryptosOf, termsOf, type Crypto, type SrtpTerms } from './sdes.ts'

/** What two descriptions agree on; whose signalling it came by, and the keys, are the leg's to add. */
export type Agreed = Omit<MediaAgreement, 'signallingAddress' | 'srtp'>

/** A description that we can talk to. */
export interface RemoteDescription {
  readonly agreed: Agreed
  /** Which media line has the sound. */
  readonly line: number
  /** The key that it encrypts with; undefined when it does not. */
  readonly crypto: Crypto | undefined
  /** All of them, in order: an answer has as many (RFC 3264 section 6). */
  readonly media: readonly MediaDescription[]
  /** The far end has put us on hold: it does not want to hear us. */
  readonly isHold: boolean
}

type Direction = MediaAgreement['direction']

const longestSdp = 16_384
const mostMediaLines = 16
const ourTelephoneEvent = 101
const ptimeMs = 20
const ours: { readonly [L in Law]: { readonly payload: number; readonly codec: string } } = {
  pcmu: { payload: 0, codec: 'PCMU' },
  pcma: { payload: 8, codec: 'PCMA' },
}

/** What we do when the far end does this. */
const mirrored: { readonly [D in Direction]: Direction } = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

/**
 * Reads an offer or an answer: the first audio line that G.711 and the terms of encryption fit, in the far end's order of
 * preference. Keys on a line without encryption (`RTP/AVP`) mean that it would like some, as many phones have it.
 *
 * @returns undefined for what cannot be read and for what has nothing for us (488)
 * @source RFC 4566; RFC 3264; RFC 4568; RFC 3551 for the payload types that need no rtpmap
 */
export function readSdp(text: string, terms: SrtpTerms = termsOf('optional')): RemoteDescription | undefined {
  const session = parsed(text)
  if (session === undefined) return undefined
  for (const [line, media] of session.media.entries()) {
    const agreed = agreedOn(session, media)
    if (agreed === undefined) continue
    const crypto = cryptosOf(media).find(terms.takes)
    if (crypto === undefined && (terms.isRequired || isSecure(media))) continue
    const isHold = agreed.direction === 'recvonly' || agreed.direction === 'inactive'
    return { agreed, line, crypto, media: session.media, isHold }
  }
  return undefined
}

/** sdp-transform promises shapes that hostile text does not keep, so what is used is looked at here. */
function parsed(text: string): SessionDescription | undefined {
  if (text.length > longestSdp) return undefined
  try {
    const session = parse(text)
    const isWhole = session.media.every(
      ({ type, port, protocol }) =>
        typeof type === 'string' && /^\w+$/.test(type) && Number.isInteger(port) && typeof protocol === 'string',
    )
    return isWhole && session.media.length > 0 && session.media.length <= mostMediaLines ? session : undefined
  } catch {
    return undefined
  }
}

function agreedOn(session: SessionDescription, media: MediaDescription): Agreed | undefined {
  if (media.type !== 'audio' || !/^RTP\/S?AVPF?$/.test(media.protocol)) return undefined
  if (media.port < 1 || media.port > 0xffff) return undefined
  const address = media.connection?.ip ?? session.connection?.ip
  const codec = payloadsOf(media).flatMap((payload) => lawOf(media, payload) ?? [])[0]
  if (typeof address !== 'string' || codec === undefined) return undefined
  return {
    address: address.split('/')[0] ?? address,
    port: media.port,
    law: codec.law,
    payloadType: codec.payload,
    telephoneEvent: payloadsOf(media).find((payload) => isTelephoneEvent(media, payload)),
    direction: directionOf(address, media.direction ?? session.direction),
    ptimeMs,
    ...rtcpOf(media, address),
  }
}

const isSecure = ({ protocol }: MediaDescription): boolean => protocol.startsWith('RTP/SAVP')

/** RFC 5761 section 5.1.1; RFC 3605. */
function rtcpOf({ rtcpMux, rtcp }: MediaDescription, ofSound: string): { readonly rtcp?: RtcpPlace } {
  if (rtcpMux !== undefined) return { rtcp: 'muxed' }
  const [port, address]: readonly unknown[] = [rtcp?.port, rtcp?.address ?? ofSound]
  const isPlace = Number.isInteger(port) && Number(port) > 0 && Number(port) <= 0xffff
  return isPlace && typeof address === 'string' && isIP(address) !== 0 ? { rtcp: { address, port: Number(port) } } : {}
}

/** As written; sdp-transform makes a number of a single one. */
function payloadText(media: MediaDescription): string {
  const payloads: unknown = media.payloads
  return typeof payloads === 'number' || typeof payloads === 'string' ? `${payloads}` : ''
}

const payloadsOf = (media: MediaDescription): number[] =>
  payloadText(media)
    .split(/\s+/)
    .filter((payload) => /^\d{1,3}$/.test(payload))
    .map(Number)
    .filter((payload) => payload < 128)

function lawOf(media: MediaDescription, payload: number): { law: Law; payload: number } | undefined {
  const map = media.rtp.find((entry) => entry.payload === payload)
  for (const law of ['pcmu', 'pcma'] as const) {
    const isOurs = map === undefined ? payload === ours[law].payload : isNamed(map, ours[law].codec)
    if (isOurs) return { law, payload }
  }
  return undefined
}

const isTelephoneEvent = (media: MediaDescription, payload: number): boolean =>
  media.rtp.some((entry) => entry.payload === payload && isNamed(entry, 'TELEPHONE-EVENT'))

/** A name that looks like a number has become one. */
function isNamed({ codec, rate = 8_000 }: MediaDescription['rtp'][number], name: string): boolean {
  const written: unknown = codec
  return typeof written === 'string' && written.toUpperCase() === name && rate === 8_000
}

/** The way of putting on hold that RFC 2543 had: an address that nothing can be sent to. */
function directionOf(address: string, direction: Direction = 'sendrecv'): Direction {
  const isNowhere = address === '0.0.0.0' || address === '::'
  if (isNowhere) return direction === 'sendrecv' || direction === 'sendonly' ? 'recvonly' : 'inactive'
  return mirrored[direction]
}

/**
 * Our side of the negotiation: where we listen, and what we said last. Written by hand, because it is short and always the
 * same (sdp-transform's writer takes 0.1 ms for it); what others write is read by sdp-transform.
 */
export class LocalDescription {
  readonly #address: string
  readonly #port: number
  readonly #id = randomUint32()
  readonly #laws: readonly Law[]
  #version = 0
  #last = ''

  /** @param laws what we offer, the most wanted first */
  constructor(address: string, port: number, laws: readonly Law[] = ['pcmu', 'pcma']) {
    this.#address = address
    this.#port = port
    this.#laws = laws
  }

  /**
   * The answer to what was offered: one line for each of the offer's, all refused but the sound.
   * @param crypto our key, under the tag of theirs that we take
   */
  answer({ agreed, line, media }: RemoteDescription, crypto?: Crypto): string {
    const { law, payloadType, telephoneEvent, direction, rtcp } = agreed
    const sound: Sound = {
      port: this.#port,
      codecs: [{ law, payload: payloadType }],
      telephoneEvent,
      direction,
      isMuxed: rtcp === 'muxed',
      cryptos: crypto === undefined ? [] : [crypto],
    }
    return this.#say(
      media.map((offered, index) => (index === line ? soundLines(sound, offered.protocol) : refusal(offered))),
    )
  }

  /**
   * What we offer when we call, or when the far end wants to hear ours first: the laws, keys of the telephone.
   * @param cryptos what we would encrypt with; when that is required, nothing else is on offer
   */
  offer(cryptos: readonly Crypto[] = [], isRequired = false): string {
    const codecs = this.#laws.map((law) => ({ law, payload: ours[law].payload }))
    const sound: Sound = {
      port: this.#port,
      codecs,
      telephoneEvent: ourTelephoneEvent,
      direction: 'sendrecv',
      isMuxed: false,
      cryptos,
    }
    return this.#say([soundLines(sound, isRequired ? 'RTP/SAVP' : 'RTP/AVP')])
  }

  /** The version rises with every description that differs from the last one (RFC 3264 section 8). */
  #say(media: readonly string[]): string {
    const said = media.join('')
    if (said !== this.#last) this.#version++
    this.#last = said
    const where = `IN IP${isIPv6(this.#address) ? 6 : 4} ${this.#address}`
    return `v=0\r\no=- ${this.#id} ${this.#version} ${where}\r\ns=Pivot\r\nc=${where}\r\nt=0 0\r\n${said}`
  }
}

/** A line with port 0: not this one, thank you. */
const refusal = (offered: MediaDescription): string =>
  `m=${offered.type} 0 ${offered.protocol} ${payloadText(offered) || '0'}\r\n`

/** The line of the sound and what belongs to it. */
interface Sound {
  readonly port: number
  readonly codecs: readonly { readonly law: Law; readonly payload: number }[]
  readonly telephoneEvent: number | undefined
  readonly direction: Direction
  readonly isMuxed: boolean
  readonly cryptos: readonly Crypto[]
}

function soundLines({ port, codecs, telephoneEvent, direction, isMuxed, cryptos }: Sound, protocol: string): string {
  const events = telephoneEvent === undefined ? [] : [telephoneEvent]
  const payloads = [...codecs.map(({ payload }) => payload), ...events]
  let lines = `m=audio ${port} ${protocol} ${payloads.join(' ')}\r\n`
  for (const { law, payload } of codecs) lines += `a=rtpmap:${payload} ${ours[law].codec}/8000\r\n`
  for (const event of events) lines += `a=rtpmap:${event} telephone-event/8000\r\na=fmtp:${event} 0-15\r\n`
  if (isMuxed) lines += 'a=rtcp-mux\r\n'
  for (const crypto of cryptos) lines += cryptoLine(crypto)
  return `${lines}a=ptime:${ptimeMs}\r\na=${direction}\r\n`
}
