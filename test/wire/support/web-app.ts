import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly parameters: URLSearchParams
  readonly body: Buffer
  readonly atMs: number
}

export type Answer = object | string
/** What the web app says on each path: an object is callflow JSON, a string is TwiML. */
export type Routes = Readonly<Record<string, (asked: Asked) => Answer>>

/** A developer's web app, and what it was asked. */
export class WebApp {
  readonly asked: Asked[] = []
  readonly #server: Server
  readonly #waiting = new Set<() => void>()

  private constructor(routes: Routes) {
    this.#server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const asked = this.#note(request, body)
        const answer = routes[asked.path]?.(asked)
        const isTwiml = typeof answer === 'string'
        response.writeHead(answer === undefined ? 204 : 200, {
          'content-type': isTwiml ? 'application/xml' : 'application/json',
        })
        response.end(isTwiml ? answer : answer && JSON.stringify(answer))
        for (const look of this.#waiting) look()
      })
    })
  }

  static async start(routes: Routes): Promise<WebApp> {
    const app = new WebApp(routes)
    app.#server.listen(0, '127.0.0.1')
    await once(app.#server, 'listening')
    return app
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The first request that fits, before or from now on. */
  wasAsked(fits: (asked: Asked) => boolean, ms = 20_000): Promise<Asked> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.asked.find(fits)
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(
          new Error(
            `not asked in ${ms} ms; was asked ${this.asked.map(({ method, path }) => `${method} ${path}`).join(', ')}`,
          ),
        )
      }, ms)
      this.#waiting.add(look)
      look()
    })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #note(request: IncomingMessage, body: Buffer): Asked {
    const url = new URL(request.url ?? '/', 'http://app')
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
    const parameters = new URLSearchParams([
      ...url.searchParams,
      ...(isForm ? new URLSearchParams(body.toString()) : []),
    ])
    const asked = { method: request.method ?? '', path: url.pathname, parameters, body, atMs: performance.now() }
    this.asked.push(asked)
    return asked
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
