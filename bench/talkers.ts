import { randomBytes } from 'node:crypto'
import type { Listener } from './sound.ts'

const frameMs = 20
/** Streams are spread over so many parts of a frame. */
const slots = 4
const packetBytes = 172

interface Talker {
  readonly packet: Buffer
  readonly mouth: Listener
  readonly port: number
}

/** People who speak without a pause: a packet of G.711 every 20 ms to a port each. */
export class Talkers {
  readonly #slots: Talker[][] = Array.from({ length: slots }, () => [])
  #count = 0
  #isOver = false

  /** Somebody more, who speaks from where `mouth` listens. @returns lets them fall silent */
  add(mouth: Listener, port: number): () => void {
    const packet = randomBytes(packetBytes)
    packet[0] = 0x80
    packet[1] = 0
    const slot = this.#slots[this.#count++ % slots] ?? []
    const talker = { packet, mouth, port }
    slot.push(talker)
    return () => {
      const at = slot.indexOf(talker)
      if (at >= 0) slot.splice(at, 1)
    }
  }

  begin(): void {
    void this.#run()
  }

  end(): void {
    this.#isOver = true
  }

  async #run(): Promise<void> {
    const begun = performance.now()
    for (let tick = 0; !this.#isOver; tick++) {
      for (const talker of this.#slots[tick % slots] ?? []) speak(talker)
      const due = begun + ((tick + 1) * frameMs) / slots
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    }
  }
}

function speak({ packet, mouth, port }: Talker): void {
  packet.writeUInt16BE((packet.readUInt16BE(2) + 1) & 0xffff, 2)
  packet.writeUInt32BE((packet.readUInt32BE(4) + 160) >>> 0, 4)
  mouth.say(packet, port)
}
