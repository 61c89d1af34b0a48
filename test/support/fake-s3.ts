import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createHash } from 'node:crypto'

interface Kept {
  readonly body: Buffer
  readonly contentType: string
}

/** A server that keeps objects as S3 does, as far as we ask it: path style, signed requests only. */
export class FakeS3 {
  readonly objects = new Map<string, Kept>()
  /** What was asked: method and path. */
  readonly asked: string[] = []
  /** Answer everything with this status. */
  broken: number | undefined
  readonly #uploads = new Map<string, Map<number, Buffer>>()
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray())
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3')
    const method = request.method ?? ''
    this.asked.push(`${method} ${pathname}${searchParams.has('partNumber') ? ' part' : ''}`)
    const isSigned = /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-central-2\/s3\//.test(
      request.headers.authorization ?? '',
    )
    if (!isSigned) {
      send(response, 403, error('AccessDenied'))
      return
    }
    if (this.broken !== undefined) {
      send(response, this.broken, error('InternalError'))
      return
    }
    const key = decodeURIComponent(pathname).replace(/^\/bucket\/?/, '')
    if (!pathname.startsWith('/bucket')) {
      send(response, 404, error('NoSuchBucket'))
      return
    }
    if (key === '') {
      this.#bucket(method, searchParams, body, response)
      return
    }
    if (searchParams.has('uploads') || searchParams.has('uploadId')) {
      this.#upload(method, key, searchParams, { body, contentType: typeOf(request) }, response)
      return
    }
    this.#object(method, key, { body, contentType: typeOf(request) }, request, response)
  }

  #bucket(method: string, query: URLSearchParams, body: Buffer, response: ServerResponse): void {
    if (method === 'GET') {
      const keys = [...this.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? ''))
      const listed = keys.slice(0, Number(query.get('max-keys'))).map((key) => `<Contents><Key>${key}</Key></Contents>`)
      send(response, 200, `<ListBucketResult>${listed.join('')}</ListBucketResult>`)
      return
    }
    for (const [, key = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) this.objects.delete(key)
    send(response, 200, '<DeleteResult/>')
  }

  #upload(method: string, key: string, query: URLSearchParams, kept: Kept, response: ServerResponse): void {
    const id = query.get('uploadId') ?? key
    const parts = this.#uploads.get(id) ?? new Map<number, Buffer>()
    this.#uploads.set(id, parts)
    if (method === 'PUT') {
      parts.set(Number(query.get('partNumber')), kept.body)
      response.setHeader('etag', `"${createHash('md5').update(kept.body).digest('hex')}"`)
      send(response, 200, '')
      return
    }
    if (query.has('uploads')) {
      send(response, 200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
      return
    }
    this.#uploads.delete(id)
    if (method === 'DELETE') {
      send(response, 204, '')
      return
    }
    const body = Buffer.concat([...parts].sort(([one], [other]) => one - other).map(([, part]) => part))
    this.objects.set(key, { body, contentType: 'audio/wav' })
    send(response, 200, '<CompleteMultipartUploadResult/>')
  }

  #object(method: string, key: string, sent: Kept, request: IncomingMessage, response: ServerResponse): void {
    if (method === 'PUT') {
      this.objects.set(key, sent)
      send(response, 200, '')
      return
    }
    const kept = this.objects.get(key)
    if (method === 'DELETE') {
      this.objects.delete(key)
      send(response, 204, '')
      return
    }
    if (kept === undefined) {
      send(response, 404, error('NoSuchKey'))
      return
    }
    response.setHeader('content-type', kept.contentType)
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const body = first === undefined ? kept.body : kept.body.subarray(Number(first), Number(last) + 1)
    response.setHeader('content-length', body.length)
    response.statusCode = first === undefined ? 200 : 206
    response.end(method === 'HEAD' ? undefined : body)
  }
}

const typeOf = (request: IncomingMessage): string => request.headers['content-type'] ?? ''

const error = (code: string): string => `<Error><Code>${code}</Code><Message>${code}</Message></Error>`

function send(response: ServerResponse, status: number, xml: string): void {
  response.statusCode = status
  if (xml !== '') response.setHeader('content-type', 'application/xml')
  response.end(xml)
}
