import { randomUint16, randomUint32 } from '../base/index.ts'
import { rtpHeaderBytes, writeRtpHeader } from './packet.ts'
import { eventPayloadBytes, writeEvent, type TelephoneEvent } from './telephone-event.ts'

/** Where a stream begins; random unless a test wants to know. */
export interface StreamStart {
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
}

/** The sequence begins in the lower half: a far end that misses its first wrap could not decrypt (RFC 3711 section 3.3.1). */
const somewhere = (): StreamStart => ({
  ssrc: randomUint32(),
  sequence: randomUint16() & 0x7fff,
  timestamp: randomUint32(),
})

/**
 * The packets that one source sends: sequence numbers without a gap, timestamps by the clock. Packets are written into
 * two buffers of the stream, so a packet is valid until the next one of its kind is made, and none allocates.
 */
export class RtpStream {
  #ssrc: number
  #sequence: number
  #timestamp: number
  #marker = true
  readonly #audio: Uint8Array
  readonly #frame: Uint8Array
  readonly #event = new Uint8Array(rtpHeaderBytes + eventPayloadBytes)

  /** @param frameBytes how much audio each packet carries */
  constructor(frameBytes: number, { ssrc, sequence, timestamp }: StreamStart = somewhere()) {
    this.#ssrc = ssrc
    this.#sequence = sequence
    this.#timestamp = timestamp
    this.#audio = new Uint8Array(rtpHeaderBytes + frameBytes)
    this.#frame = this.#audio.subarray(rtpHeaderBytes)
  }

  get ssrc(): number {
    return this.#ssrc
  }

  /** Becomes another source, at other numbers. */
  restart({ ssrc, sequence, timestamp }: StreamStart = somewhere()): void {
    this.#ssrc = ssrc
    this.#sequence = sequence
    this.#timestamp = timestamp
    this.#marker = true
  }

  /** The timestamp of what is sent now. */
  get timestamp(): number {
    return this.#timestamp
  }

  /** Where the audio of the next packet is to be written. */
  get frame(): Uint8Array {
    return this.#frame
  }

  /** Lets time pass. */
  pass(samples: number): void {
    this.#timestamp = (this.#timestamp + samples) >>> 0
  }

  /** The next audio packet begins a talkspurt: it comes after a time when nothing was sent (RFC 3551 section 4.1). */
  pause(): void {
    this.#marker = true
  }

  /** The packet with what was written into {@link frame}. */
  audio(payloadType: number): Uint8Array {
    this.#header(this.#audio, payloadType, this.#marker, this.#timestamp)
    this.#marker = false
    return this.#audio
  }

  /** A packet of an event that began at `begun`; the marker belongs to its first (RFC 4733 section 2.3). */
  event(payloadType: number, event: TelephoneEvent, begun: number, isFirst: boolean): Uint8Array {
    this.#header(this.#event, payloadType, isFirst, begun)
    writeEvent(this.#event, rtpHeaderBytes, event)
    return this.#event
  }

  #header(packet: Uint8Array, payloadType: number, marker: boolean, timestamp: number): void {
    writeRtpHeader(packet, { marker, payloadType, sequence: this.#sequence, timestamp, ssrc: this.#ssrc })
    this.#sequence = (this.#sequence + 1) & 0xffff
  }
}
