import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Clock } from '../../src/base/index.ts'
import { decodeG711, encodeG711, toneAmplitude, type G711Law } from '../../src/media/index.ts'
import {
  eventOfKey,
  isRtcp,
  parseRtp,
  SrtpReceiver,
  SrtpSender,
  writeRtpHeader,
  type RtpPacket,
  type SrtpKey,
} from '../../src/rtp/index.ts'

/** The pitch of each sound that a test plays, so that it is known when it is heard. */
export type Pitches = Readonly<Record<string, number>>

export interface HeardPacket extends RtpPacket {
  readonly atMs: number
}

/** A steady tone: 8 kHz, half of full scale. */
export function toneOf(hz: number, ms: number, amplitude = 16_000): Int16Array {
  return Int16Array.from({ length: 8 * ms }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / 8_000)))
}

export interface CallerOptions {
  readonly law?: G711Law
  /** Of its voice, a multiple of 50. */
  readonly voiceHz?: number
  /** Of its voice, of 32767. */
  readonly amplitude?: number
  /** The payload type of its keys. */
  readonly telephoneEvent?: number
  /** It encrypts, and hears nothing that is not encrypted. */
  readonly srtp?: { readonly send: SrtpKey; readonly receive: SrtpKey }
}

const frame = 160
const voiceHz = 300
const audioTypes = { pcmu: 0, pcma: 8 } as const

/** The phone of a test: sends a packet every 20 ms of `clock` (silence, voice or keys), and keeps what it hears. */
export class RtpCaller {
  readonly heard: HeardPacket[] = []
  /** As they came, RTCP too. */
  readonly packets: Uint8Array[] = []
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #law: G711Law
  readonly #telephoneEvent: number
  readonly #voice: Uint8Array
  readonly #silence: Uint8Array
  readonly #keys: string[] = []
  #keyPacket = 0
  #keyBegun = 0
  #sequence = 65_530
  #timestamp = 0xffff_ff00
  #far: { port: number; address: string } | undefined
  #isSending = true
  #sealer: SrtpSender | undefined
  #opener: SrtpReceiver | undefined
  isSpeaking = false

  private constructor(socket: Socket, clock: Clock, options: CallerOptions) {
    const { law = 'pcmu', amplitude, telephoneEvent = 101 } = options
    this.#socket = socket
    this.#clock = clock
    this.#law = law
    this.#telephoneEvent = telephoneEvent
    this.#voice = encodeG711(toneOf(options.voiceHz ?? voiceHz, 20, amplitude), law)
    this.#silence = encodeG711(new Int16Array(frame), law)
    this.rekey(options.srtp)
    socket.on('message', (bytes: Buffer, from: RemoteInfo) => this.#hear(bytes, from))
  }

  static async open(clock: Clock, options: CallerOptions = {}): Promise<RtpCaller> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const caller = new RtpCaller(socket, clock, options)
    void caller.#run()
    return caller
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** Sends to `port` from now on. */
  callTo(port: number, address = '127.0.0.1'): void {
    this.#far = { port, address }
  }

  /** Encrypts with other keys from now on. */
  rekey(keys: CallerOptions['srtp']): void {
    this.#opener = keys && new SrtpReceiver(keys.receive)
    this.#sealer = keys && new SrtpSender(keys.send)
  }

  /** Sends something else to whom it calls. */
  sends(packet: Uint8Array): void {
    if (this.#far !== undefined) this.#socket.send(packet, this.#far.port, this.#far.address)
  }

  press(key: string): void {
    this.#keys.push(key)
  }

  /** Sends nothing any more. */
  fallSilent(): void {
    this.#isSending = false
    this.#far = undefined
  }

  /** What is heard, as runs of sounds by their pitch; silence is left out. */
  runs(pitches: Pitches, heard: readonly HeardPacket[] = this.heard): { media: string; ms: number }[] {
    const runs: { media: string; ms: number }[] = []
    let last: string | undefined
    for (const { payload, payloadType } of heard) {
      if (payloadType !== audioTypes[this.#law]) continue
      const samples = decodeG711(payload, this.#law)
      const media = Object.entries(pitches).find(([, hz]) => toneAmplitude(samples, hz) > 0.2)?.[0]
      const run = runs.at(-1)
      if (media !== undefined && media === last && run !== undefined) run.ms += 20
      else if (media !== undefined) runs.push({ media, ms: 20 })
      last = media
    }
    return runs
  }

  /** The last `ms` milliseconds of what was heard, of audio packets of its law only. */
  last(ms: number): Int16Array {
    const audio = this.heard.filter(({ payloadType }) => payloadType === audioTypes[this.#law])
    const bytes = audio.slice(-ms / 20).flatMap(({ payload }) => [...payload])
    return decodeG711(Uint8Array.from(bytes), this.#law)
  }

  close(): void {
    this.fallSilent()
    this.#socket.close()
  }

  async #run(): Promise<void> {
    while (this.#isSending) {
      await this.#clock.sleep(20)
      if (this.#far !== undefined) this.#sendNext(this.#far.port, this.#far.address)
    }
  }

  #sendNext(port: number, address: string): void {
    const [key] = this.#keys
    if (key === undefined) {
      this.#send(audioTypes[this.#law], this.isSpeaking ? this.#voice : this.#silence, this.#timestamp, port, address)
      this.#timestamp = (this.#timestamp + frame) >>> 0
    } else this.#pressOn(key, port, address)
  }

  /** 60 ms, the end three times, 40 ms of pause. */
  #pressOn(key: string, port: number, address: string): void {
    const packet = ++this.#keyPacket
    if (packet === 1) this.#keyBegun = this.#timestamp
    this.#timestamp = (this.#timestamp + frame) >>> 0
    const duration = Math.min(packet, 3) * frame
    const payload = [eventOfKey(key) ?? 0, packet >= 3 ? 0x8a : 0x0a, duration >> 8, duration & 0xff]
    if (packet <= 5)
      this.#send(this.#telephoneEvent, Uint8Array.from(payload), this.#keyBegun, port, address, packet === 1)
    if (packet < 7) return
    this.#keys.shift()
    this.#keyPacket = 0
  }

  #send(
    payloadType: number,
    payload: Uint8Array,
    timestamp: number,
    port: number,
    address: string,
    marker = false,
  ): void {
    const packet = new Uint8Array(12 + payload.length)
    writeRtpHeader(packet, { marker, payloadType, sequence: this.#sequence, timestamp, ssrc: 0x0ca11e4 })
    packet.set(payload, 12)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#socket.send(Uint8Array.from(this.#sealer?.protect(packet) ?? packet), port, address)
  }

  #hear(bytes: Buffer, { port, address }: RemoteInfo): void {
    const own = Uint8Array.from(bytes)
    this.packets.push(Uint8Array.from(own))
    const opened = this.#opener === undefined || isRtcp(own) ? own : this.#opener.unprotect(own)
    const packet = opened === undefined ? undefined : parseRtp(opened)
    if (packet === undefined) return
    if (this.#isSending) this.#far ??= { port, address }
    this.heard.push({ ...packet, atMs: this.#clock.now() })
  }
}
