import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The web server that the calls ask: it answers at once, and remembers when (`performance.now()`). */
export interface Web {
  readonly url: string
  /** Takes webhooks, and says nothing. */
  readonly hookUrl: string
  answeredAt(callId: string): number | undefined
  close(): void
}

const answer = JSON.stringify({ module: 'play', data: { id: 'prompt' } })

export async function openWeb(): Promise<Web> {
  const answered = new Map<string, number>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      if (request.url === '/hook') {
        response.writeHead(200).end()
        return
      }
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
      response.end(answer)
      answered.set(new URLSearchParams(body).get('Call-ID') ?? '', performance.now())
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/voice`,
    hookUrl: `${origin}/hook`,
    answeredAt: (callId) => answered.get(callId),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
