import { mkdir } from 'node:fs/promises'
import { asFailure, Failure, type Clock, type Log } from '../../base/index.ts'
import type {
  AudioLibrary,
  BridgeEnd,
  BridgeOptions,
  DeviceTarget,
  DialOptions,
  Driver,
  EavesdropOptions,
  Leg,
  MessagesWaiting,
  Room,
  RoomOptions,
  Target,
} from '../../call/index.ts'
import {
  bareHost,
  defaultSipLimits,
  noTraffic,
  openSipServer,
  parseUri,
  type InviteSession,
  type OutgoingRegistration,
  type Phone,
  type RegistrarOptions,
  type RegistrationOptions,
  type SipCounters,
  type SipLimits,
  type SipPorts,
  type SipServer,
  type SipServerOptions,
  type TlsSettings,
  type WebSocketSettings,
} from '../../sip/index.ts'
import { bridge } from './bridge.ts'
import {
  calleeOf,
  type ContactsOf,
  type Encryption,
  encryptionOf,
  type EncryptionRules,
  isSafe,
  lawsOf,
  mayOffer,
} from './destinations.ts'
import { eavesdrop } from './eavesdrop.ts'
import { IncomingLeg } from './incoming-leg.ts'
import { EmbeddedLeg, type LegGround } from './leg.ts'
import { openMediaEngine } from './media/engine.ts'
import type { PortRange } from './media/port-pool.ts'
import type { MediaEngine, MediaStats } from './media-port.ts'
import { MessagesTold, uriOf } from './messages.ts'
import { OutgoingLeg, type OutgoingLegOptions } from './outgoing-leg.ts'
import { EmbeddedRoom } from './room.ts'
import { termsOf, type SrtpPolicy } from './sdes.ts'
import { readSdp, type RemoteDescription } from './sdp.ts'

export interface EmbeddedOptions {
  readonly clock: Clock
  readonly log: Log
  readonly audio: AudioLibrary
  /** The address that SIP and media are bound to. */
  readonly host: string
  /** Of SIP; 0 takes a free one. */
  readonly port: number
  /** TLS and WebSockets: see the options of SIP. */
  readonly tls?: TlsSettings
  readonly webSockets?: WebSocketSettings
  /** What Contact and SDP name instead of the bound address. */
  readonly publicAddress?: string
  /** RTP ports; 0 to 0 = whatever the system gives. */
  readonly ports: PortRange
  /** Made when it does not exist. */
  readonly recordingsDir: string
  /** The Server header, e.g. `Pivot/0.1.0`. */
  readonly product: string
  readonly limits?: Partial<SipLimits>
  /** An answered call whose far end should send media and has sent none for so long is hung up; 0 = never. */
  readonly inactivityMs: number
  /** Takes registrations, and asks phones for their password; without, every caller is a stranger. */
  readonly registrar?: RegistrarOptions
  /** Whether a call that a far end sends elsewhere (3xx) may go to that host; default: nowhere. */
  readonly mayDial?: (host: string) => Promise<boolean>
  /** Where devices are registered; when left out, none is anywhere. */
  readonly contactsOf?: ContactsOf
  /** Whether this is the user of a contact that we have registered with a trunk. */
  readonly isRegisteredContact?: (user: string) => boolean
  /** Takes the place of our SIP. */
  readonly openSip?: (options: SipServerOptions) => Promise<SipServer>
  /** What is done about encryption; `optional` when left out. */
  readonly srtp?: SrtpPolicy
  /** Keys are offered also where SIP is not encrypted. */
  readonly offersKeysInClear?: boolean
  /** Media threads; 0 = none of their own; default one for each processor but one, at least one. */
  readonly workers?: number
}

/** Only ever counts up, except where "now" is said. */
export interface EmbeddedCounters {
  /** Legs that have not ended, now. */
  readonly legs: number
  /** Media ports in use, now. */
  readonly mediaLegs: number
  readonly legsTotal: number
  /** RTP packets of legs that have ended. */
  readonly packetsSent: number
  readonly packetsReceived: number
  readonly packetsLost: number
  /** Encrypted packets that were not genuine or came again, of legs that have ended. */
  readonly packetsRejected: number
  /** Legs that have ended and were encrypted at their end. */
  readonly legsEncrypted: number
  readonly sip: SipCounters
}

/** Our own SIP and RTP. */
export interface EmbeddedDriver extends Driver {
  /** Where SIP is bound, once `listen` has resolved. */
  readonly address: string
  readonly port: number
  /** Where the others are bound, if they are. */
  readonly ports: SipPorts
  counters(): EmbeddedCounters
  /** Something to register us with somebody else, once `listen` has resolved. */
  registration(options: RegistrationOptions): OutgoingRegistration
  /** Refuses new calls with 503 from now on; calls go on. */
  drain(): void
  /** Hangs up what is left (SYSTEM_SHUTDOWN) and frees all ports. Idempotent. */
  close(): Promise<void>
}

export function embeddedDriver(options: EmbeddedOptions): EmbeddedDriver {
  return new Embedded(options)
}

const nowhere: ContactsOf = () => Promise.resolve([])

const noCounters: SipCounters = {
  received: 0,
  sent: 0,
  malformed: 0,
  refused: 0,
  retransmitted: 0,
  connections: 0,
  transports: noTraffic,
  transactions: 0,
  dialogs: 0,
  challenged: 0,
  unauthenticated: 0,
  banned: 0,
}

class Embedded implements EmbeddedDriver {
  readonly name = 'embedded'
  readonly capabilities = {
    earlyMedia: true,
    recordings: true,
    dialling: true,
    rooms: true,
    eavesdropping: true,
    messageWaiting: true,
    transfers: true,
  }
  readonly #options: EmbeddedOptions
  readonly #engine: MediaEngine
  readonly #messages = new MessagesTold()
  readonly #legs = new Set<EmbeddedLeg>()
  #server: SipServer | undefined
  #closing: Promise<void> | undefined
  #total = { legs: 0, sent: 0, received: 0, lost: 0, rejected: 0, encrypted: 0 }

  constructor(options: EmbeddedOptions) {
    this.#options = options
    this.#engine = openMediaEngine(options)
  }

  get address(): string {
    return this.#server?.address ?? this.#options.host
  }

  get port(): number {
    return this.#server?.port ?? this.#options.port
  }

  get ports(): SipPorts {
    return this.#server?.ports ?? { udp: this.#options.port, tls: undefined, ws: undefined, wss: undefined }
  }

  async listen(onCall: (leg: Leg) => void, signal: AbortSignal): Promise<void> {
    const { clock, log, host, port, publicAddress, product, limits, recordingsDir } = this.#options
    const { registrar, openSip = openSipServer, tls, webSockets } = this.#options
    await mkdir(recordingsDir, { recursive: true })
    this.#server = await openSip({
      clock,
      log,
      host,
      port,
      product,
      ...(publicAddress === undefined ? {} : { publicAddress }),
      ...(limits === undefined ? {} : { limits }),
      ...(tls === undefined ? {} : { tls }),
      ...(webSockets === undefined ? {} : { webSockets }),
      ...(registrar === undefined ? {} : { registrar }),
      onInvite: (session, phone) => this.#invited(session, phone, onCall),
      mayTake: () => !this.#engine.isFull,
      messagesOf: async (device) => this.#messages.of(device),
    })
    const drain = (): void => this.drain()
    if (signal.aborted) drain()
    else signal.addEventListener('abort', drain, { once: true })
  }

  async dial(target: Target, options: DialOptions): Promise<Leg> {
    const server = this.#server
    if (server === undefined || this.#closing !== undefined)
      throw new Failure('DIAL_UNSUPPORTED', { driver: this.name })
    const { host, publicAddress = host, contactsOf = nowhere, limits } = this.#options
    const { mostCalls } = { ...defaultSipLimits, ...limits }
    if (this.#legs.size >= mostCalls) throw new Failure('DIAL_FULL', { mostCalls })
    const { callerId, codecs, beside, transferredBy } = options
    const referredBy = transferredBy instanceof EmbeddedLeg ? { 'Referred-By': `<${transferredBy.referrer}>` } : {}
    const headers = { ...options.headers, ...referredBy }
    const { to, towards, destinations } = await calleeOf(target, { ...options, headers }, contactsOf, publicAddress)
    const media = beside instanceof EmbeddedLeg ? await beside.opening.catch(() => undefined) : undefined
    const encryption = encryptionOf(options.encryption, destinations, this.#encryptionRules)
    const leg = new OutgoingLeg({
      ...this.#ground(server.addressTowards(towards)),
      ...encryption,
      from: { user: callerId.number, realm: callerId.realm, ...(callerId.name === '' ? {} : { name: callerId.name }) },
      to,
      headers,
      laws: lawsOf(codecs),
      onRedirect: this.#onRedirect(target, options, encryption),
      beside: media,
      invite: (invite) => server.invite(invite),
    })
    this.#took(leg)
    await leg.begin()
    return leg
  }

  /** Where a call that offers keys is sent on to, they must be safe too. */
  #onRedirect(
    { kind }: Target,
    { ignoresRedirects = false }: DialOptions,
    { offersSrtp }: Encryption,
  ): OutgoingLegOptions['onRedirect'] {
    if (ignoresRedirects) return 'ignore'
    if (kind === 'device') return 'tell'
    const { mayDial = async () => false } = this.#options
    const mustBeSafe = offersSrtp !== 'off' && !this.#encryptionRules.offersKeysInClear
    return async (uri) => {
      const parsed = parseUri(uri)
      if (mustBeSafe && !isSafe({ uri })) return false
      return parsed !== undefined && /^sips?$/.test(parsed.scheme) && (await mayDial(bareHost(parsed.host)))
    }
  }

  async bridge(a: Leg, b: Leg, options: BridgeOptions): Promise<BridgeEnd> {
    const ground = { engine: this.#engine, audio: this.#options.audio }
    if (a instanceof EmbeddedLeg && b instanceof EmbeddedLeg) return bridge(ground, a, b, options)
    throw new Failure('DIAL_UNSUPPORTED', { driver: this.name })
  }

  async eavesdrop(listener: Leg, target: Leg, options: EavesdropOptions): Promise<BridgeEnd> {
    if (listener instanceof EmbeddedLeg && target instanceof EmbeddedLeg) {
      return eavesdrop(this.#engine, listener, target, options)
    }
    throw new Failure('EAVESDROP_UNSUPPORTED', { driver: this.name })
  }

  room({ beside }: RoomOptions = {}): Room {
    const { audio, recordingsDir } = this.#options
    const media = beside instanceof EmbeddedLeg ? beside.opening : undefined
    return new EmbeddedRoom({ engine: this.#engine, audio, recordingsDir, beside: media })
  }

  async tellMessages(device: DeviceTarget, waiting: MessagesWaiting): Promise<void> {
    const { contactsOf = nowhere } = this.#options
    const summary = this.#messages.keep(device, waiting)
    const contacts = await contactsOf(device)
    const { accountId, deviceId, username, realm } = device
    this.#server?.tellMessages({ accountId, deviceId, uri: uriOf(username, realm) }, contacts, summary)
  }

  counters(): EmbeddedCounters {
    const { legs, sent, received, lost, rejected, encrypted } = this.#total
    return {
      legs: this.#legs.size,
      mediaLegs: this.#engine.legs,
      legsTotal: legs,
      packetsSent: sent,
      packetsReceived: received,
      packetsLost: lost,
      packetsRejected: rejected,
      legsEncrypted: encrypted,
      sip: this.#server?.counters ?? noCounters,
    }
  }

  registration(options: RegistrationOptions): OutgoingRegistration {
    if (this.#server === undefined) throw new Failure('DIAL_UNSUPPORTED', { driver: this.name })
    return this.#server.registration(options)
  }

  drain(): void {
    this.#server?.drain()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.drain()
    await Promise.all([...this.#legs].map((leg) => leg.hangup('SYSTEM_SHUTDOWN')))
    await this.#engine.close()
    await this.#server?.close()
  }

  #invited(session: InviteSession, phone: Phone | undefined, onCall: (leg: Leg) => void): void {
    const rules = this.#encryptionRules
    const offer = session.offer === undefined ? undefined : readSdp(session.offer, termsOf(rules.srtp))
    if (offer === undefined && (session.offer !== undefined || !mayOffer(rules, session.source))) {
      const profile = { off: 'RTP/AVP', optional: 'RTP/AVP or RTP/SAVP', required: 'RTP/SAVP' }[rules.srtp]
      this.#options.log.warn('sip.offer-refused', { callId: session.callId, source: session.source.address })
      session.reject(488, 'Not Acceptable Here', [['Warning', `305 pivot "PCMU or PCMA over ${profile} is needed"`]])
      return
    }
    const leg = this.#leg(session, phone, offer)
    try {
      onCall(leg)
    } catch (error) {
      this.#options.log.error('sip.call-refused', { callId: leg.callId, error: asFailure(error) })
      void leg.reject(503)
    }
  }

  #leg(session: InviteSession, phone: Phone | undefined, offer: RemoteDescription | undefined): IncomingLeg {
    const leg = new IncomingLeg({
      ...this.#ground(this.#server?.addressTowards(session.source) ?? this.#options.host),
      session,
      phone,
      offer,
      retryAfterSeconds: this.#options.limits?.retryAfterSeconds ?? defaultSipLimits.retryAfterSeconds,
      isRegisteredContact: this.#options.isRegisteredContact,
    })
    this.#took(leg)
    return leg
  }

  #ground(address: string): LegGround {
    const { audio, clock, log, recordingsDir } = this.#options
    const engine = this.#engine
    const { srtp } = this.#encryptionRules
    return { engine, audio, clock, log, recordingsDir, address, srtp, gone: (leg, stats) => this.#gone(leg, stats) }
  }

  get #encryptionRules(): EncryptionRules {
    const { srtp = 'optional', offersKeysInClear = false } = this.#options
    return { srtp, offersKeysInClear }
  }

  #took(leg: EmbeddedLeg): void {
    this.#legs.add(leg)
    this.#total.legs++
  }

  #gone(leg: EmbeddedLeg, { sent, received, lost, rejected, isEncrypted }: MediaStats): void {
    this.#legs.delete(leg)
    this.#total.sent += sent
    this.#total.received += received
    this.#total.lost += lost
    this.#total.rejected += rejected
    if (isEncrypted) this.#total.encrypted++
  }
}
