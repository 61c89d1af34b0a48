import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { fromMuLaw, toMuLaw } from './audio.ts'

interface Heard {
  readonly atMs: number
  readonly timestamp: number
  readonly sequence: number
  readonly payload: Uint8Array
}

/** The sound of a phone whose signalling somebody else does: hears, speaks and presses keys over RTP. */
export class RtpPhone {
  readonly #socket: Socket
  readonly #heard: Heard[] = []
  #far: RemoteInfo | undefined
  #sequence = 1
  #timestamp = 0
  #clock: NodeJS.Timeout | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (packet, from) => {
      this.#far = from
      if ((packet[1] ?? 0) % 128 !== 0) return
      this.#heard.push({
        atMs: performance.now(),
        timestamp: packet.readUInt32BE(4),
        sequence: packet.readUInt16BE(2),
        payload: Uint8Array.from(packet.subarray(12)),
      })
    })
  }

  static async open(host: '127.0.0.1' | '::1' = '127.0.0.1'): Promise<RtpPhone> {
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    return new RtpPhone(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** Where the server's sound comes from, once it has come. */
  get isHearing(): boolean {
    return this.#far !== undefined
  }

  /** When the first packet louder than silence came (performance.now), or undefined. */
  firstSoundAtMs(since = 0): number | undefined {
    return this.#heard.find(({ atMs, payload }) => atMs >= since && isLoud(payload))?.atMs
  }

  /** When the last packet louder than silence came. */
  lastSoundAtMs(): number | undefined {
    return this.#heard.findLast(({ payload }) => isLoud(payload))?.atMs
  }

  /** All that was heard from `since` (performance.now) on, in order of its timestamps. */
  heard(since = 0): Int16Array {
    const packets = this.#heard.filter(({ atMs }) => atMs >= since)
    const bytes = Buffer.concat(packets.sort((a, b) => (a.timestamp - b.timestamp) | 0).map(({ payload }) => payload))
    return fromMuLaw(bytes)
  }

  /** Speaks `samples` in real time, then is silent (but keeps sending). */
  speak(samples: Int16Array): void {
    const bytes = toMuLaw(samples)
    const begun = performance.now()
    let sent = 0
    clearInterval(this.#clock)
    this.#clock = setInterval(() => {
      while (sent * 20 <= performance.now() - begun) {
        const frame = Buffer.alloc(160, 0xff)
        frame.set(bytes.subarray(sent * 160, sent * 160 + 160))
        this.#send(0, frame, 160)
        sent++
      }
    }, 10)
  }

  /** Presses one key for 100 ms as telephone-events of payload type 101 (RFC 4733). */
  async press(key: string): Promise<void> {
    const event = '0123456789*#ABCD'.indexOf(key)
    const timestamp = this.#timestamp
    for (let packet = 1; packet <= 8; packet++) {
      const isEnd = packet > 5
      const duration = Math.min(packet, 5) * 160
      const payload = Buffer.from([event, isEnd ? 0x8a : 0x0a, duration >> 8, duration & 0xff])
      this.#send(101, payload, 0, packet === 1, timestamp)
      if (!isEnd) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    this.#timestamp += 800
  }

  close(): void {
    clearInterval(this.#clock)
    this.#socket.close()
  }

  #send(payloadType: number, payload: Buffer, step: number, marker = false, timestamp = this.#timestamp): void {
    if (this.#far === undefined) return
    const header = Buffer.alloc(12)
    header[0] = 0x80
    header[1] = payloadType | (marker ? 0x80 : 0)
    header.writeUInt16BE(this.#sequence++ & 0xffff, 2)
    header.writeUInt32BE(timestamp >>> 0, 4)
    header.writeUInt32BE(0x70686f6e, 8)
    this.#timestamp += step
    this.#socket.send(Buffer.concat([header, payload]), this.#far.port, this.#far.address)
  }
}

const isLoud = (payload: Uint8Array): boolean => fromMuLaw(payload).some((sample) => Math.abs(sample) > 300)
