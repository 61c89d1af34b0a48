import { createReadStream } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { rangeOf } from './byte-range.ts'

/** A recording as it can be fetched. */
export interface RecordingFile {
  /** Absolute, inside the data directory. */
  readonly path: string
  readonly lengthBytes: number
  readonly contentType: string
}

/** Where recordings are found by the name in their address. */
export interface RecordingFiles {
  /** @param name 32 hexadecimal digits, with `.wav` or `.mp3` or nothing after them */
  find(name: string): Promise<RecordingFile | undefined>
}

const nameForm = /^[0-9a-f]{32}(\.(wav|mp3))?$/

/**
 * `GET /recordings/{id}[.wav|.mp3]`: the name is 128 random bits, so whoever has the address may have the file, as with
 * Twilio's RecordingUrl. There is no list, and no other name reaches the disk.
 */
export function recordingRoute(api: FastifyInstance, files: RecordingFiles): void {
  api.get<{ Params: { name: string } }>('/recordings/:name', async (request, reply) => {
    const { name } = request.params
    const file = nameForm.test(name) ? await files.find(name) : undefined
    if (file === undefined) {
      reply.callNotFound()
      return reply
    }
    reply.header('content-type', file.contentType).header('accept-ranges', 'bytes')
    const range = rangeOf(request.headers.range, file.lengthBytes)
    if (range === 'unsatisfiable') {
      return reply
        .code(416)
        .header('content-range', `bytes */${file.lengthBytes}`)
        .send(new RangeError('no such range'))
    }
    const { first, last } = range ?? { first: 0, last: file.lengthBytes - 1 }
    reply.header('content-length', Math.max(0, last - first + 1))
    if (range !== undefined) reply.code(206).header('content-range', `bytes ${first}-${last}/${file.lengthBytes}`)
    if (last < first) return reply.send('')
    return reply.send(createReadStream(file.path, { start: first, end: last }))
  })
}
