import { SrtpReceiver, SrtpSender, type SrtpKey } from '../../../rtp/index.ts'
import type { MediaAgreement } from '../media-port.ts'
import { isSameKey } from '../sdes.ts'

/** One direction: the key, and who works with it. */
interface Keyed<T> {
  readonly key: SrtpKey
  readonly by: T
}

/** Stands between a leg and its sockets: encrypts and decrypts when that is agreed, and passes everything on when not. */
export class Secrecy {
  #sender: Keyed<SrtpSender> | undefined
  #receiver: Keyed<SrtpReceiver> | undefined
  /** The far end goes on with its old key until it has read our answer. */
  #before: SrtpReceiver | undefined
  #rejected = 0

  get isOn(): boolean {
    return this.#receiver !== undefined
  }

  /** Packets that were not genuine or came again. */
  get rejected(): number {
    return this.#rejected
  }

  /** @returns whether our stream has to be another one: under a new key nobody can know how often its numbers have wrapped */
  agree({ srtp }: MediaAgreement): boolean {
    const [sender, receiver] = [this.#sender, this.#receiver]
    const isNew = srtp !== undefined && (sender === undefined || !isSameKey(sender.key, srtp.send))
    if (srtp === undefined) this.#sender = undefined
    else if (isNew) this.#sender = { key: srtp.send, by: new SrtpSender(srtp.send) }
    if (srtp === undefined) this.#receiver = this.#before = undefined
    else if (receiver === undefined || !isSameKey(receiver.key, srtp.receive)) {
      this.#before = receiver?.by
      this.#receiver = { key: srtp.receive, by: new SrtpReceiver(srtp.receive, receiver?.by) }
    }
    return isNew && sender !== undefined
  }

  /** What is to be sent; valid until the next packet. */
  seal(packet: Uint8Array): Uint8Array {
    return this.#sender?.by.protect(packet) ?? packet
  }

  sealReport(packet: Uint8Array): Uint8Array {
    return this.#sender?.by.protectRtcp(packet) ?? packet
  }

  /** What was said by a packet that came in; undefined when it is to be dropped. */
  open(packet: Uint8Array): Uint8Array | undefined {
    return this.#opened(packet, (receiver) => receiver.unprotect(packet))
  }

  openReport(packet: Uint8Array): Uint8Array | undefined {
    return this.#opened(packet, (receiver) => receiver.unprotectRtcp(packet))
  }

  #opened(packet: Uint8Array, open: (receiver: SrtpReceiver) => Uint8Array | undefined): Uint8Array | undefined {
    if (this.#receiver === undefined) return packet
    const opened = open(this.#receiver.by)
    if (opened !== undefined) this.#before = undefined
    const said = opened ?? (this.#before === undefined ? undefined : open(this.#before))
    if (said === undefined) this.#rejected++
    return said
  }
}
