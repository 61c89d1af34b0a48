import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket as TcpSocket } from 'node:net'
import { requestText, type RequestParts } from '../../support/sip-wire.ts'

/** What a message says that came from the server. */
export interface Said {
  /** Of a response; 0 for a request. */
  readonly status: number
  /** Of a request; of what a response answers. */
  readonly method: string
  readonly callId: string
  readonly toTag: string
  readonly text: string
}

export const offerTo = (port: number): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0 101\r\n` +
  'a=rtpmap:101 telephone-event/8000\r\n'

let calls = 0

/** Somebody who says what he likes over UDP and answers nothing by himself. */
export class Attacker {
  readonly heard: Said[] = []
  readonly #socket: Socket
  readonly #host: string
  readonly #port: number
  readonly #waiting = new Set<(said: Said) => void>()
  #branches = 0

  private constructor(socket: Socket, server: string) {
    this.#socket = socket
    const colon = server.lastIndexOf(':')
    this.#host = server.slice(0, colon)
    this.#port = Number(server.slice(colon + 1))
    socket.on('message', (bytes) => {
      const said = read(bytes.toString('latin1'))
      this.heard.push(said)
      for (const look of this.#waiting) look(said)
    })
  }

  static async open(server: string): Promise<Attacker> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Attacker(socket, server)
  }

  get port(): number {
    return this.#socket.address().port
  }

  send(message: string | Uint8Array): void {
    this.#socket.send(Buffer.from(message as string), this.#port, this.#host)
  }

  /** A request as text, with a Call-ID of its own unless `parts` have one. */
  request(
    method: string,
    number: string,
    parts: RequestParts = {},
  ): { readonly text: string; readonly callId: string; readonly branch: string } {
    const callId = parts.callId ?? `hostile-${++calls}`
    const branch = parts.branch ?? `z9hG4bK${this.port}-${++this.#branches}`
    const via = `SIP/2.0/UDP 127.0.0.1:${this.port};rport;branch=${branch}`
    const headers = [`Contact: <sip:caller@127.0.0.1:${this.port}>`, ...(parts.headers ?? [])]
    const uri = `sip:${number}@${this.#host}:${this.#port}`
    return { callId, branch, text: requestText(method, { uri, via, ...parts, callId, branch, headers }) }
  }

  /** Sends a request, again and again as UDP wants it, waits for its final response, and takes note of a refusal. */
  async ask(method: string, number: string, parts: RequestParts = {}, ms = 5_000): Promise<Said> {
    const { text, callId, branch } = this.request(method, number, parts)
    this.send(text)
    const again = setInterval(() => this.send(text), 500)
    try {
      const said = await this.hears((one) => one.callId === callId && one.method === method && one.status >= 200, ms)
      const { status, toTag } = said
      if (method === 'INVITE' && status >= 300) this.send(this.request('ACK', number, { callId, toTag, branch }).text)
      return said
    } finally {
      clearInterval(again)
    }
  }

  /** INVITE, 200, ACK. */
  async calls(number: string, body: string, headers: readonly string[] = []): Promise<Said> {
    const answer = await this.ask('INVITE', number, { body, headers })
    const { callId, toTag } = answer
    if (answer.status === 200) this.send(this.request('ACK', number, { callId, toTag }).text)
    return answer
  }

  /** The first message that fits, past or future. */
  hears(fits: (said: Said) => boolean, ms = 5_000): Promise<Said> {
    const past = this.heard.findLast(fits)
    if (past !== undefined) return Promise.resolve(past)
    return new Promise((resolve, reject) => {
      const look = (said: Said): void => {
        if (!fits(said)) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(said)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`not heard in ${ms} ms`))
      }, ms)
      this.#waiting.add(look)
    })
  }

  close(): void {
    this.#socket.close()
  }
}

function read(text: string): Said {
  const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1] ?? 0)
  const line = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
  return {
    status,
    method: line('CSeq').split(' ')[1] ?? '',
    callId: line('Call-ID'),
    toTag: /;tag=([^;>]*)/.exec(line('To'))?.[1] ?? '',
    text,
  }
}

/** A raw TCP connection; what breaks it is nothing to us. */
export async function tcp(server: string): Promise<TcpSocket> {
  const colon = server.lastIndexOf(':')
  const socket = connect(Number(server.slice(colon + 1)), server.slice(0, colon))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Everything that is said on `socket` until `fits` likes it. */
export function tcpHears(socket: TcpSocket, fits: RegExp, ms = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`only heard: ${text.slice(0, 500)}`)), ms)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (!fits.test(text)) return
      clearTimeout(timer)
      resolve(text)
    })
  })
}
