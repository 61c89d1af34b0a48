import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { asFailure, Failure, never, newId, type Clock, type Log } from '../base/index.ts'
import type { KeepOptions, Recording, Recordings, RecordingUpload } from '../call/index.ts'
import type { Deliveries } from '../http/index.ts'
import { keepRoom, type Retention } from './keep-room.ts'
import { findMp3Encoder, type Mp3Encoder } from './mp3.ts'

export interface RecordingsOptions {
  /** Made when it is not there. */
  readonly directory: string
  /** What addresses begin with, without `/recordings`: asked each time, for the port may be known only later. */
  readonly baseUrl: () => string
  readonly deliveries: Deliveries
  readonly clock: Clock
  readonly log: Log
  /** Addresses that something refers to (a menu its greeting): those recordings are kept whatever their age. */
  readonly addressesInUse?: () => Promise<readonly string[]>
  /** Default 90 days and 50 GB. */
  readonly retention?: Retention
  /** Where lame and ffmpeg are looked for; default the PATH of the process. */
  readonly path?: string
}

/** A recording as a web server may hand it out. */
export interface RecordingFile {
  /** Absolute, inside the directory. */
  readonly path: string
  readonly lengthBytes: number
  readonly contentType: string
}

export interface KeptRecordings extends Recordings {
  /**
   * An MP3 is made after the call; until then its WAV is found by that name too.
   *
   * @param name 32 hexadecimal digits, with `.wav`, `.mp3` or nothing after them
   */
  find(name: string): Promise<RecordingFile | undefined>
  /** What an address of ours names, without a trip through the web; undefined for addresses that are not ours. */
  findByUrl(url: string): Promise<RecordingFile | undefined>
  /** Removes a recording in every format. @returns whether there was one */
  remove(id: string): Promise<boolean>
  /** Waits for conversions underway and looks after nothing any more. */
  close(): Promise<void>
}

const usualRetention: Retention = { mostAgeMs: 90 * 86_400_000, mostBytes: 50_000_000_000 }
const lookAfterEveryMs = 3_600_000
const types = { wav: 'audio/wav', mp3: 'audio/mpeg' } as const
const form = /^([0-9a-f]{32})(?:\.(wav|mp3))?$/

/** The recording that an address names, wherever it was had from: ours may have been another when it was written down. */
const idIn = (url: string): string | undefined => /\/recordings\/([0-9a-f]{32})(?:\.(?:wav|mp3))?$/.exec(url)?.[1]

/** Keeps recordings as files whose names are random, so that whoever has the address may have the file. */
export async function openRecordings(options: RecordingsOptions): Promise<KeptRecordings> {
  const directory = resolve(options.directory)
  await mkdir(directory, { recursive: true })
  const encoder = await findMp3Encoder(options.clock, options.path ?? process.env['PATH'] ?? '')
  return new Shelf({ ...options, directory, encoder })
}

class Shelf implements KeptRecordings {
  readonly #directory: string
  readonly #encoder: Mp3Encoder | undefined
  readonly #options: RecordingsOptions
  readonly #underway = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: RecordingsOptions & { encoder: Mp3Encoder | undefined }) {
    this.#directory = options.directory
    this.#encoder = options.encoder
    this.#options = options
    this.#inBackground(this.#lookAfter())
  }

  async keep(recording: Recording, options: KeepOptions): Promise<{ url: string }> {
    const { log } = this.#options
    const id = newId()
    const format = this.#formatOf(options)
    if (recording.path !== undefined) {
      await this.#take(recording.path, this.#pathOf(id, 'wav'))
      this.#inBackground(this.#finish(id, format, options.upload))
    }
    const { accountId, callId, upload } = options
    log.info('recordings.kept', { callId, accountId, recordingId: id, durationMs: recording.durationMs, format })
    if (upload !== undefined) return { url: uploadUrl(upload, format) }
    return { url: `${this.#addressStart()}${id}.${format}` }
  }

  async discard({ path }: Recording): Promise<void> {
    if (path === undefined) return
    await rm(path, { force: true }).catch((error: unknown) =>
      this.#options.log.warn('recordings.not-discarded', { error: asFailure(error) }),
    )
  }

  async find(name: string): Promise<RecordingFile | undefined> {
    const [, id, format] = form.exec(name) ?? []
    if (id === undefined) return undefined
    for (const candidate of format === 'wav' ? (['wav', 'mp3'] as const) : (['mp3', 'wav'] as const)) {
      const path = this.#pathOf(id, candidate)
      const found = await stat(path).catch(() => undefined)
      if (found !== undefined) return { path, lengthBytes: found.size, contentType: types[candidate] }
    }
    return undefined
  }

  async findByUrl(url: string): Promise<RecordingFile | undefined> {
    const start = this.#addressStart()
    return url.startsWith(start) ? this.find(url.slice(start.length)) : undefined
  }

  async remove(id: string): Promise<boolean> {
    const known = form.test(id) && (await this.find(id)) !== undefined
    if (known) for (const format of ['wav', 'mp3'] as const) await rm(this.#pathOf(id, format), { force: true })
    return known
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('closing'))
    await Promise.allSettled(this.#underway)
  }

  async #lookAfter(): Promise<void> {
    const { clock, log, retention = usualRetention, addressesInUse } = this.#options
    do {
      const inUse = new Set((await addressesInUse?.())?.map(idIn))
      const removed = await keepRoom(this.#directory, clock, retention, (id) => inUse.has(id))
      if (removed > 0) log.info('recordings.expired', { removed })
      await clock.sleep(lookAfterEveryMs, this.#closing.signal).catch(() => undefined)
    } while (!this.#closing.signal.aborted)
  }

  #addressStart(): string {
    return `${this.#options.baseUrl().replace(/\/$/, '')}/recordings/`
  }

  #pathOf(id: string, format: 'wav' | 'mp3'): string {
    return join(this.#directory, `${id}.${format}`)
  }

  /** Differs from KAZOO, which always has an encoder: without one the recording is kept, and called, WAV. */
  #formatOf({ format, callId }: KeepOptions): 'wav' | 'mp3' {
    if (format === 'wav' || this.#encoder !== undefined) return format
    this.#options.log.warn('recordings.no-mp3', { callId, reason: 'neither lame nor ffmpeg is on PATH: kept as WAV' })
    return 'wav'
  }

  async #take(from: string, to: string): Promise<void> {
    try {
      await rename(from, to).catch(async () => {
        await copyFile(from, to) // Another file system.
        await rm(from, { force: true })
      })
    } catch (cause) {
      throw new Failure('RECORDING_FAILED', { problem: 'the file could not be kept' }, { cause })
    }
  }

  #inBackground(work: Promise<void>): void {
    const { log } = this.#options
    const settled = work.catch((error: unknown) => log.error('recordings.not-finished', { error: asFailure(error) }))
    this.#underway.add(settled)
    void settled.finally(() => this.#underway.delete(settled))
  }

  async #finish(id: string, format: 'wav' | 'mp3', upload: RecordingUpload | undefined): Promise<void> {
    if (format === 'mp3') await this.#encode(id)
    if (upload === undefined) return
    const path = this.#pathOf(id, format)
    void this.#options.deliveries.deliver({
      kind: 'recording',
      url: uploadUrl(upload, format),
      method: upload.method,
      headers: { 'content-type': types[format] },
      body: { file: path },
    })
  }

  /** Under another name first, so that nobody fetches half of it. The WAV goes when the MP3 is there. */
  async #encode(id: string): Promise<void> {
    const wav = this.#pathOf(id, 'wav')
    const unfinished = join(this.#directory, `${id}.mp3.part`)
    try {
      await this.#encoder?.encode(wav, unfinished, never)
      await rename(unfinished, this.#pathOf(id, 'mp3'))
      await rm(wav, { force: true })
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }
}

/** @source KAZOO: `{url without trailing /}/call_recording_{CALL_ID}.{ext}` */
function uploadUrl({ url, fileName }: RecordingUpload, format: 'wav' | 'mp3'): string {
  const safe = fileName.replace(/[^\w.@+-]/g, '_').replace(/\.(?:wav|mp3)$/i, '')
  const [, address = url, query = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? []
  return `${address.replace(/\/+$/, '')}/${safe}.${format}${query}`
}
