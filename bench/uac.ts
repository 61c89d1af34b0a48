import { randomBytes } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

export interface CallOptions {
  readonly number: string
  /** Where the call's sound is to go. */
  readonly rtpPort: number
  /** Hang up this long after the answer; without, the server does. */
  readonly hangUpAfterMs?: number
  /** Told of the port that the server takes sound at. */
  readonly onAnswered?: (mediaPort: number) => void
}

/** One call as its caller saw it. Times are `performance.now()`. */
export interface CallResult {
  readonly callId: string
  readonly invitedAt: number
  readonly answeredAt: number | undefined
  readonly endedAt: number
  /** The final status of the INVITE; 0 = none came. */
  readonly status: number
  /** Requests that had to be sent again, and responses or requests that came again. */
  readonly retransmissions: number
}

interface Live {
  readonly options: CallOptions
  readonly callId: string
  readonly tag: string
  readonly branch: string
  readonly invitedAt: number
  readonly done: (result: CallResult) => void
  toTag: string
  answeredAt: number | undefined
  status: number
  retransmissions: number
  timer: NodeJS.Timeout | undefined
  hangUp: NodeJS.Timeout | undefined
  byes: number
}

const t1Ms = 500
const longestMs = 32_000

/** Many callers behind one UDP port: enough of a SIP user agent client to load a server and to time it. */
export class Uac {
  readonly #socket: Socket
  readonly #server: { readonly host: string; readonly port: number }
  readonly #calls = new Map<string, Live>()

  private constructor(socket: Socket, server: { host: string; port: number }) {
    this.#socket = socket
    this.#server = server
    socket.on('message', (bytes, from) => this.#take(bytes.toString('latin1'), from))
  }

  /** @param server `host:port` */
  static async open(server: string): Promise<Uac> {
    const colon = server.lastIndexOf(':')
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: 4 << 20,
      sendBufferSize: 4 << 20,
      lookup: (host, _options, found) => found(null, host, 4),
    })
    const listening = once(socket, 'listening') // comes at once: nothing is looked up
    socket.bind(0, '127.0.0.1')
    await listening
    return new Uac(socket, { host: server.slice(0, colon), port: Number(server.slice(colon + 1)) })
  }

  get live(): number {
    return this.#calls.size
  }

  /** Makes one call; resolves when it is over. Never rejects. */
  call(options: CallOptions): Promise<CallResult> {
    return new Promise((done) => {
      const callId = `${randomBytes(8).toString('hex')}@bench`
      const live: Live = {
        options,
        callId,
        tag: randomBytes(4).toString('hex'),
        branch: `z9hG4bK${randomBytes(8).toString('hex')}`,
        invitedAt: performance.now(),
        done,
        toTag: '',
        answeredAt: undefined,
        status: 0,
        retransmissions: 0,
        timer: undefined,
        hangUp: undefined,
        byes: 0,
      }
      this.#calls.set(callId, live)
      this.#repeat(live, this.#invite(live), t1Ms)
    })
  }

  close(): void {
    for (const live of this.#calls.values()) this.#end(live)
    this.#socket.close()
  }

  #repeat(live: Live, message: string, waitMs: number): void {
    this.#send(message)
    live.timer = setTimeout(() => {
      if (waitMs >= longestMs) {
        this.#end(live)
        return
      }
      live.retransmissions++
      this.#repeat(live, message, waitMs * 2)
    }, waitMs)
  }

  #send(message: string): void {
    this.#socket.send(Buffer.from(message, 'latin1'), this.#server.port, this.#server.host)
  }

  #take(message: string, from: RemoteInfo): void {
    const live = this.#calls.get(header(message, 'Call-ID'))
    if (live === undefined) {
      if (message.startsWith('BYE ')) this.#socket.send(okTo(message), from.port, from.address)
      return
    }
    if (message.startsWith('SIP/2.0 ')) this.#response(live, Number(message.slice(8, 11)), message)
    else if (message.startsWith('BYE ')) {
      this.#socket.send(okTo(message), from.port, from.address)
      this.#end(live)
    }
  }

  #response(live: Live, status: number, message: string): void {
    const method = header(message, 'CSeq').split(' ')[1]
    if (method === 'BYE') {
      this.#end(live)
      return
    }
    clearTimeout(live.timer)
    if (status < 200) return
    live.toTag = /;tag=([^;\s]+)/.exec(header(message, 'To'))?.[1] ?? ''
    if (status >= 300) {
      live.status = status
      this.#send(this.#request(live, 'ACK', live.branch, 1))
      this.#end(live)
      return
    }
    this.#send(this.#request(live, 'ACK', `${live.branch}a`, 1))
    if (live.answeredAt !== undefined) {
      live.retransmissions++
      return
    }
    live.status = status
    live.answeredAt = performance.now()
    const { hangUpAfterMs, onAnswered } = live.options
    onAnswered?.(mediaPortOf(message))
    if (hangUpAfterMs === undefined) return
    live.hangUp = setTimeout(
      () => this.#repeat(live, this.#request(live, 'BYE', `${live.branch}b`, 2), t1Ms),
      hangUpAfterMs,
    )
  }

  #end(live: Live): void {
    if (!this.#calls.delete(live.callId)) return
    clearTimeout(live.timer)
    clearTimeout(live.hangUp)
    const { callId, invitedAt, answeredAt, status, retransmissions } = live
    live.done({ callId, invitedAt, answeredAt, endedAt: performance.now(), status, retransmissions })
  }

  #invite(live: Live): string {
    const sdp = sdpOf(live.options.rtpPort)
    const { port } = this.#socket.address()
    return (
      this.#head(live, 'INVITE', live.branch, 1) +
      `Contact: <sip:bench@127.0.0.1:${port}>\r\nContent-Type: application/sdp\r\n` +
      `Content-Length: ${sdp.length}\r\n\r\n${sdp}`
    )
  }

  #request(live: Live, method: string, branch: string, sequence: number): string {
    return `${this.#head(live, method, branch, sequence)}Content-Length: 0\r\n\r\n`
  }

  #head(live: Live, method: string, branch: string, sequence: number): string {
    const { host, port } = this.#server
    const uri = `sip:${live.options.number}@${host}:${port}`
    const own = `127.0.0.1:${this.#socket.address().port}`
    return (
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${own};rport;branch=${branch}\r\nMax-Forwards: 70\r\n` +
      `From: "Bench" <sip:+15551230001@${own}>;tag=${live.tag}\r\nTo: <${uri}>${live.toTag && `;tag=${live.toTag}`}\r\n` +
      `Call-ID: ${live.callId}\r\nCSeq: ${sequence} ${method}\r\nUser-Agent: bench\r\n`
    )
  }
}

export const mediaPortOf = (message: string): number => Number(/^m=audio (\d+)/m.exec(message)?.[1] ?? 0)

export const sdpOf = (rtpPort: number): string =>
  'v=0\r\no=bench 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n' +
  `m=audio ${rtpPort} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n` +
  'a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n'

export function header(message: string, name: string): string {
  const at = message.indexOf(`\r\n${name}: `)
  if (at < 0) return ''
  const from = at + name.length + 4
  return message.slice(from, message.indexOf('\r\n', from))
}

function okTo(request: string): Buffer {
  const kept = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(request, name)}\r\n`)
  return Buffer.from(`SIP/2.0 200 OK\r\n${kept.join('')}Content-Length: 0\r\n\r\n`, 'latin1')
}
