import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { asFailure, Failure, never, newId, type Clock, type Log } from '../base/index.ts'
import type { KeepOptions, Recording, Recordings, RecordingUpload } from '../call/index.ts'
import { keyPart, localFiles, recordingKey, type FileStore } from '../files/index.ts'
import type { Deliveries } from '../http/index.ts'
import type { KeptRecording } from '../records/index.ts'
import { keepRoom, type Retention } from './keep-room.ts'
import { LocalCopies } from './local-copies.ts'
import { findMp3Encoder, type Mp3Encoder } from './mp3.ts'

export interface RecordingsOptions {
  /**
   * Where recordings are until they are finished, and copies of those that are kept elsewhere. When `files` are on this
   * machine, it is their directory: what is in its `recordings` expires.
   */
  readonly directory: string
  /** Where finished recordings are kept; default: the directory. */
  readonly files?: FileStore
  /** Told of each recording that is kept. */
  readonly keep?: (recording: KeptRecording) => void
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
  /** Absolute: the file itself, or a copy of it on this machine. */
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
  /**
   * What an address names that we gave out, now or before we had another address, without a trip through the web;
   * undefined for all others.
   */
  findByUrl(url: string): Promise<RecordingFile | undefined>
  /** Removes a recording in every format. @returns whether there was one */
  remove(id: string): Promise<boolean>
  /** Waits for conversions underway and looks after nothing any more. */
  close(): Promise<void>
}

const usualRetention: Retention = { mostAgeMs: 90 * 86_400_000, mostBytes: 50_000_000_000 }
const copiesRetention: Retention = { mostAgeMs: 86_400_000, mostBytes: 2_000_000_000 }
const uploadsRetention: Retention = { mostAgeMs: 7 * 86_400_000, mostBytes: Infinity }
const lookAfterEveryMs = 3_600_000
const types = { wav: 'audio/wav', mp3: 'audio/mpeg' } as const
const form = /^([0-9a-f]{32})(?:\.(wav|mp3))?$/

/** The recording that an address names, wherever it was had from: ours may have been another when it was written down. */
const nameIn = (url: string): string | undefined =>
  /^[^?#]*\/recordings\/([0-9a-f]{32}(?:\.(?:wav|mp3))?)$/.exec(url)?.[1]

const idIn = (url: string): string | undefined => nameIn(url)?.slice(0, 32)

/** Tells whose a recording is: whoever has its address does not say. */
const ownerKey = (id: string): string => `recording-owners/${id}.txt`

/** Keeps recordings under names that are random, so that whoever has the address may have the file. */
export async function openRecordings(options: RecordingsOptions): Promise<KeptRecordings> {
  const directory = resolve(options.directory)
  const folder = join(directory, 'finishing')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const encoder = await findMp3Encoder(options.clock, options.path ?? process.env['PATH'] ?? '')
  const shelf = new Shelf({ ...options, directory, folder, encoder, files: options.files ?? localFiles(directory) })
  await shelf.takeUp()
  return shelf
}

interface ShelfOptions extends RecordingsOptions {
  readonly files: FileStore
  /** Of recordings that are being finished: `{part of the account}~{id}.wav`. */
  readonly folder: string
  readonly encoder: Mp3Encoder | undefined
}

/** A recording that is being finished. */
interface Unfinished {
  readonly id: string
  /** As it is in keys. */
  readonly owner: string
  readonly wav: string
}

class Shelf implements KeptRecordings {
  readonly #options: ShelfOptions
  readonly #copies: LocalCopies
  readonly #finishing = new Map<string, Unfinished>()
  readonly #underway = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: ShelfOptions) {
    this.#options = options
    this.#copies = new LocalCopies(join(options.directory, 'fetched'))
    this.#inBackground(this.#lookAfter())
  }

  /** Finishes what was left unfinished when the process died. */
  async takeUp(): Promise<void> {
    const { folder } = this.#options
    for (const name of await readdir(folder)) {
      const [, owner, id] = /^([\w.-]+)~([0-9a-f]{32})\.wav$/.exec(name) ?? []
      if (owner === undefined || id === undefined) await rm(join(folder, name), { force: true })
      else this.#finish({ id, owner, wav: join(folder, name) }, 'wav', undefined)
    }
  }

  async keep(recording: Recording, options: KeepOptions): Promise<{ url: string }> {
    const { log, clock, folder, keep } = this.#options
    const { accountId, callId, interactionId, upload } = options
    const { durationMs } = recording
    const id = newId()
    const format = this.#formatOf(options)
    const url = upload === undefined ? `${this.#addressStart()}${id}.${format}` : uploadUrl(upload, format)
    if (recording.path !== undefined) {
      const owner = keyPart(accountId)
      const wav = join(folder, `${owner}~${id}.wav`)
      await this.#take(recording.path, wav)
      this.#finish({ id, owner, wav }, format, upload)
    }
    log.info('recordings.kept', { callId, accountId, recordingId: id, durationMs, format })
    if (options.isUnlisted !== true)
      keep?.({ id, accountId, callId, interactionId, format, durationMs, at: clock.now(), url })
    return { url }
  }

  async discard({ path }: Recording): Promise<void> {
    if (path === undefined) return
    await rm(path, { force: true }).catch((error: unknown) =>
      this.#options.log.warn('recordings.not-discarded', { error: asFailure(error) }),
    )
  }

  async find(name: string): Promise<RecordingFile | undefined> {
    const [, id, asked] = form.exec(name) ?? []
    if (id === undefined) return undefined
    const { files } = this.#options
    const unfinished = this.#finishing.get(id)
    const found = unfinished && (await stat(unfinished.wav).catch(() => undefined))
    if (unfinished !== undefined && found !== undefined) {
      return { path: unfinished.wav, lengthBytes: found.size, contentType: types.wav }
    }
    const owner = await this.#ownerOf(id)
    if (owner === undefined) return undefined
    for (const format of asked === 'wav' ? (['wav', 'mp3'] as const) : (['mp3', 'wav'] as const)) {
      const key = recordingKey(owner, id, format)
      const file = await files.find(key)
      if (file === undefined) continue
      return { path: await this.#copies.pathOf(key, file), lengthBytes: file.lengthBytes, contentType: types[format] }
    }
    return undefined
  }

  async findByUrl(url: string): Promise<RecordingFile | undefined> {
    const name = nameIn(url)
    return name === undefined ? undefined : this.find(name)
  }

  async remove(id: string): Promise<boolean> {
    const owner = form.test(id) ? await this.#ownerOf(id) : undefined
    if (owner === undefined) return false
    let removed = false
    for (const format of ['wav', 'mp3'] as const) {
      const key = recordingKey(owner, id, format)
      removed = (await this.#options.files.remove(key)) || removed
      await this.#copies.forget(key)
    }
    await this.#options.files.remove(ownerKey(id))
    return removed
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('closing'))
    await Promise.allSettled(this.#underway)
  }

  async #ownerOf(id: string): Promise<string | undefined> {
    const file = await this.#options.files.find(ownerKey(id))
    if (file === undefined) return undefined
    return Buffer.concat((await (await file.open()).toArray()) as Buffer[]).toString('utf8')
  }

  async #lookAfter(): Promise<void> {
    const { clock, log } = this.#options
    do {
      await this.#expire().catch((error: unknown) => log.warn('recordings.not-expired', { error: asFailure(error) }))
      await clock.sleep(lookAfterEveryMs, this.#closing.signal).catch(() => undefined)
    } while (!this.#closing.signal.aborted)
  }

  /** What is in a bucket expires by the bucket's own rules: here are only files of this machine. */
  async #expire(): Promise<void> {
    const { clock, log, directory, retention = usualRetention, addressesInUse } = this.#options
    const inUse = new Set((await addressesInUse?.())?.map(idIn))
    const expired = await keepRoom(join(directory, 'recordings'), clock, retention, (id) => inUse.has(id))
    for (const id of expired) await this.#options.files.remove(ownerKey(id))
    if (expired.length > 0) log.info('recordings.expired', { removed: expired.length })
    await keepRoom(join(directory, 'fetched'), clock, copiesRetention, () => false)
    await keepRoom(join(directory, 'uploading'), clock, uploadsRetention, () => false)
  }

  #addressStart(): string {
    return `${this.#options.baseUrl().replace(/\/$/, '')}/recordings/`
  }

  /** Differs from KAZOO, which always has an encoder: without one the recording is kept, and called, WAV. */
  #formatOf({ format, callId }: KeepOptions): 'wav' | 'mp3' {
    if (format === 'wav' || this.#options.encoder !== undefined) return format
    this.#options.log.warn('recordings.no-mp3', { callId, reason: 'neither lame nor ffmpeg is on PATH: kept as WAV' })
    return 'wav'
  }

  async #take(from: string, to: string): Promise<void> {
    try {
      await move(from, to)
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

  #finish(unfinished: Unfinished, format: 'wav' | 'mp3', upload: RecordingUpload | undefined): void {
    const { id } = unfinished
    this.#finishing.set(id, unfinished)
    const finishing = async (): Promise<void> => {
      const path = format === 'mp3' ? await this.#encoded(unfinished) : unfinished.wav
      const kept = path.endsWith('.mp3') ? 'mp3' : 'wav'
      const stored = await this.#store(unfinished, path, kept)
      if (upload === undefined) await rm(path, { force: true })
      else await this.#send(stored ?? path, id, kept, upload)
      if (path !== unfinished.wav) await rm(unfinished.wav, { force: true })
      this.#finishing.delete(id)
    }
    this.#inBackground(finishing())
  }

  /** @returns the path it has now, when the store keeps it on this machine */
  async #store({ id, owner }: Unfinished, path: string, format: 'wav' | 'mp3'): Promise<string | undefined> {
    const { files } = this.#options
    const key = recordingKey(owner, id, format)
    await files.put(ownerKey(id), Buffer.from(owner), 'text/plain')
    await files.put(key, { path }, types[format])
    return (await files.find(key))?.path
  }

  /** A file that is kept elsewhere stays on this machine until it is delivered. */
  async #send(path: string, id: string, format: 'wav' | 'mp3', upload: RecordingUpload): Promise<void> {
    const { deliveries, directory, folder } = this.#options
    const isOurs = path.startsWith(folder)
    const file = isOurs ? join(directory, 'uploading', `${id}.${format}`) : path
    if (isOurs) {
      await mkdir(join(directory, 'uploading'), { recursive: true, mode: 0o700 })
      await rename(path, file)
    }
    const delivery = {
      kind: 'recording',
      url: uploadUrl(upload, format),
      method: upload.method,
      headers: { 'content-type': types[format] },
      body: { file },
    }
    void deliveries
      .deliver(delivery)
      .then(({ isDelivered }) => (isOurs && isDelivered ? rm(file, { force: true }) : undefined))
  }

  /** Beside the WAV, under another name first. @returns the path of the MP3, or of the WAV when there can be none */
  async #encoded({ id, owner, wav }: Unfinished): Promise<string> {
    const { encoder, folder, log } = this.#options
    const mp3 = join(folder, `${owner}~${id}.mp3`)
    try {
      await encoder?.encode(wav, mp3, never)
      return mp3
    } catch (error) {
      await rm(mp3, { force: true })
      log.error('recordings.not-encoded', { recordingId: id, error: asFailure(error) })
      return wav
    }
  }
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async () => {
    await copyFile(from, to) // Another file system.
    await rm(from, { force: true })
  })
}

/** @source KAZOO: `{url without trailing /}/call_recording_{CALL_ID}.{ext}` */
function uploadUrl({ url, fileName }: RecordingUpload, format: 'wav' | 'mp3'): string {
  const safe = fileName.replace(/[^\w.@+-]/g, '_').replace(/\.(?:wav|mp3)$/i, '')
  const [, address = url, query = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? []
  return `${address.replace(/\/+$/, '')}/${safe}.${format}${query}`
}
