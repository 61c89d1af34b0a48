import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, silentLog, VirtualClock } from '../../src/base/index.ts'
import type { AudioLibrary, Leg } from '../../src/call/index.ts'
import { embeddedDriver, type EmbeddedDriver, type EmbeddedOptions } from '../../src/drivers/sip/index.ts'
import { keyOfEvent } from '../../src/rtp/index.ts'
import { soundsMs } from '../contract/leg.ts'
import { FakeInvite } from './fake-invite.ts'
import type { FakeOutgoing } from './fake-outgoing.ts'
import { FakeSip, type KnownPhone } from './fake-sip.ts'
import { passTime } from './pass-time.ts'
import { RtpCaller, toneOf, type CallerOptions } from './rtp-caller.ts'

/** The pitch of everything that can be heard. */
export const pitches = { welcome: 600, menu: 1_000, caller: 300, callee: 500 } as const

const library: AudioLibrary = {
  open: async (source) => {
    const id = source.kind === 'stored' ? source.id : ''
    if (id !== 'welcome' && id !== 'menu') throw new Failure('MEDIA_NOT_FOUND', { source: id })
    const durationMs = soundsMs[id]
    return { key: id, samples: toneOf(pitches[id], durationMs), durationMs, endless: false }
  },
}

export const sdpOf = (port: number, { law = 'pcmu', telephoneEvent = 101 }: CallerOptions = {}): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n` +
  `m=audio ${port} RTP/AVP ${law === 'pcmu' ? 0 : 8} ${telephoneEvent}\r\n` +
  `a=rtpmap:${telephoneEvent} telephone-event/8000\r\n`

export const portOf = (sdp: string | undefined): number => Number(/m=audio (\d+)/.exec(sdp ?? '')?.[1])

/** A phone with its signalling. */
export interface Phone<Session> {
  readonly rtp: RtpCaller
  readonly session: Session
  /** What it offers or answers. */
  readonly sdp: string
}

/** The embedded driver with phones in the same process: real RTP, no SIP on the wire, time that passes while one waits. */
export class SipOffice {
  readonly clock = new VirtualClock()
  readonly sip = new FakeSip()
  readonly driver: EmbeddedDriver
  readonly #time = passTime(this.clock)
  readonly #phones: RtpCaller[] = []
  readonly #closing = new AbortController()
  readonly #recordingsDir: string
  #called: Leg | undefined

  private constructor(recordingsDir: string, changes: Partial<EmbeddedOptions>) {
    this.#recordingsDir = recordingsDir
    this.driver = embeddedDriver({
      clock: this.clock,
      log: silentLog,
      audio: library,
      host: '127.0.0.1',
      port: 0,
      ports: { first: 0, last: 0 },
      recordingsDir,
      product: 'Pivot/test',
      inactivityMs: 0,
      workers: 0,
      openSip: this.sip.open,
      ...changes,
    })
  }

  static async open(changes: Partial<EmbeddedOptions> = {}): Promise<SipOffice> {
    const office = new SipOffice(await mkdtemp(join(tmpdir(), 'pivot-office-')), changes)
    await office.driver.listen((leg) => void (office.#called = leg), office.#closing.signal)
    return office
  }

  /** Somebody calls us; `phone` is who it has proved to be, `crypto` the line of its key. */
  async ring(
    options: CallerOptions = {},
    phone?: KnownPhone,
    crypto = '',
  ): Promise<Phone<FakeInvite> & { readonly leg: Leg }> {
    const rtp = await this.phone({ voiceHz: pitches.caller, ...options })
    const plain = sdpOf(rtp.port, options)
    const sdp = crypto === '' ? plain : `${plain.replace('RTP/AVP', 'RTP/SAVP')}${crypto}`
    const session = new FakeInvite({ offer: sdp })
    this.sip.comesIn(session, phone)
    if (this.#called === undefined) throw new Error('the call did not come in')
    return { rtp, sdp, session, leg: this.#called }
  }

  /** Whoever was dialled last. */
  async callee(options: CallerOptions = {}): Promise<Phone<FakeOutgoing>> {
    const session = this.sip.phones.at(-1)
    if (session === undefined) throw new Error('nobody was called')
    const rtp = await this.phone({ voiceHz: pitches.callee, ...options })
    rtp.callTo(portOf(session.invite.offer))
    return { rtp, session, sdp: sdpOf(rtp.port, options) }
  }

  async phone(options: CallerOptions): Promise<RtpCaller> {
    const phone = await RtpCaller.open(this.clock, options)
    this.#phones.push(phone)
    return phone
  }

  async close(): Promise<void> {
    await this.driver.close()
    for (const phone of this.#phones) phone.close()
    await this.#time.stop()
    await rm(this.#recordingsDir, { recursive: true })
  }
}

/** The keys that have arrived as telephone-events. */
export function digitsHeard({ heard }: RtpCaller, telephoneEvent = 101): string {
  const keys = new Map<number, string>()
  for (const { payloadType, payload, timestamp } of heard)
    if (payloadType === telephoneEvent) keys.set(timestamp, keyOfEvent(payload[0] ?? 0) ?? '?')
  return [...keys.values()].join('')
}
