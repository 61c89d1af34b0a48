import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { header, mediaPortOf, sdpOf } from './uac.ts'

/** A phone that takes every call at once, any number of them. */
export class Uas {
  readonly #socket: Socket
  readonly #answers = new Map<string, string>()
  readonly #takes: (mediaPort: number) => number

  private constructor(socket: Socket, takes: (mediaPort: number) => number) {
    this.#socket = socket
    this.#takes = takes
    socket.on('message', (bytes, from) => this.#take(bytes.toString('latin1'), from))
  }

  /** @param takes told of the server's media port of each call, says at which port this end takes sound */
  static async open(takes: (mediaPort: number) => number): Promise<Uas> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Uas(socket, takes)
  }

  get uri(): string {
    return `sip:callee@127.0.0.1:${this.#socket.address().port}`
  }

  close(): void {
    this.#socket.close()
  }

  #take(message: string, from: RemoteInfo): void {
    if (message.startsWith('INVITE ')) this.#send(this.#answer(message), from)
    else if (message.startsWith('BYE ')) this.#send(`${this.#head(message)}Content-Length: 0\r\n\r\n`, from)
  }

  /** An INVITE that comes again has the same answer. */
  #answer(invite: string): string {
    const callId = header(invite, 'Call-ID')
    const known = this.#answers.get(callId)
    if (known !== undefined) return known
    const sdp = sdpOf(this.#takes(mediaPortOf(invite)))
    const contact = `Contact: <${this.uri}>\r\nContent-Type: application/sdp\r\n`
    const answer = `${this.#head(invite)}${contact}Content-Length: ${sdp.length}\r\n\r\n${sdp}`
    this.#answers.set(callId, answer)
    return answer
  }

  #head(request: string): string {
    const line = (name: string): string => `${name}: ${header(request, name)}\r\n`
    const to = header(request, 'To')
    const tagged = to.includes(';tag=') ? to : `${to};tag=callee`
    return `SIP/2.0 200 OK\r\n${line('Via')}${line('From')}To: ${tagged}\r\n${line('Call-ID')}${line('CSeq')}`
  }

  #send(message: string, to: RemoteInfo): void {
    this.#socket.send(Buffer.from(message, 'latin1'), to.port, to.address)
  }
}
