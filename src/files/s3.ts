import type * as sdk from '@aws-sdk/client-s3'
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { FileStore, StoredFile } from './files.ts'
import { checkKey, unavailable } from './keys.ts'

export interface S3Options {
  readonly bucket: string
  /** Put before every key, without a slash at its end. */
  readonly prefix?: string
  /** Where a service other than Amazon's is. */
  readonly endpoint?: string
  /** Default `us-east-1`. */
  readonly region?: string
  /** The bucket in the path instead of the host name; default: when there is an endpoint. */
  readonly forcePathStyle?: boolean
  /** Default: where the SDK looks for them, the environment first (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Larger files are sent in parts of so many bytes; default 8 MiB, S3 takes no less than 5. */
  readonly partBytes?: number
}

interface S3 {
  readonly sdk: typeof sdk
  readonly client: sdk.S3Client
}

const usualPartBytes = 8 * 1024 * 1024
/** S3's own bound on the keys of one request. */
const mostAtOnce = 1_000

/** A bucket of Amazon S3, or of a service that speaks its protocol. The SDK is loaded when it is first needed. */
export function s3Files(options: S3Options): FileStore {
  const { bucket: Bucket, prefix = '', partBytes = usualPartBytes } = options
  const start = prefix === '' ? '' : `${prefix}/`
  let opened: Promise<S3> | undefined
  const place = (key: string) => ({ Bucket, Key: start + checkKey(key) })

  /** Whatever fails is FILE_UNAVAILABLE, but for what is not there. */
  const ask = async <T>(key: string, problem: string, work: (s3: S3) => Promise<T>): Promise<T | undefined> => {
    try {
      opened ??= openS3(options)
      return await work(await opened)
    } catch (cause) {
      if (isMissing(cause)) return undefined
      throw unavailable(key, problem, cause)
    }
  }

  const find = async (key: string): Promise<StoredFile | undefined> => {
    const at = place(key)
    const head = await ask(key, 'the file cannot be found', ({ sdk, client }) =>
      client.send(new sdk.HeadObjectCommand(at)),
    )
    if (head === undefined) return undefined
    const { ContentLength: lengthBytes = 0, ContentType: contentType = 'application/octet-stream' } = head
    return {
      lengthBytes,
      contentType,
      async open(range) {
        const bytes = range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` }
        const object = await ask(key, 'the file cannot be read', ({ sdk, client }) =>
          client.send(new sdk.GetObjectCommand({ ...at, ...bytes })),
        )
        if (object?.Body instanceof Readable) return object.Body
        throw unavailable(key, 'the file is gone')
      },
    }
  }

  return {
    find,

    async put(key, content, contentType) {
      const at = { ...place(key), ContentType: contentType }
      const isPut = await ask(key, 'the file cannot be written', async (s3) => {
        if (content instanceof Uint8Array) {
          await s3.client.send(new s3.sdk.PutObjectCommand({ ...at, Body: content }))
        } else {
          await putFile(s3, at, content.path, partBytes)
        }
        return true
      })
      if (isPut === undefined) throw unavailable(key, 'the bucket does not exist')
    },

    async remove(key) {
      if ((await find(key)) === undefined) return false
      await ask(key, 'the file cannot be removed', ({ sdk, client }) =>
        client.send(new sdk.DeleteObjectCommand(place(key))),
      )
      return true
    },

    async removeAll(prefixOfKeys) {
      const removed = await ask(prefixOfKeys, 'the files cannot be removed', (s3) =>
        removeBelow(s3, Bucket, start + prefixOfKeys),
      )
      return removed ?? 0
    },
  }
}

async function openS3({ endpoint, region, forcePathStyle, credentials }: S3Options): Promise<S3> {
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    region: region ?? 'us-east-1',
    forcePathStyle: forcePathStyle ?? endpoint !== undefined,
    // Services that are not Amazon's do not know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  })
  return { sdk, client }
}

interface Place {
  readonly Bucket: string
  readonly Key: string
  readonly ContentType: string
}

/** Read into memory part by part, so that a part that fails can be sent again. */
async function putFile({ sdk, client }: S3, at: Place, path: string, partBytes: number): Promise<void> {
  const { size } = await stat(path)
  const file = await open(path)
  const part = async (from: number): Promise<Buffer> => {
    const buffer = Buffer.alloc(Math.min(partBytes, size - from))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
    return buffer.subarray(0, bytesRead)
  }
  try {
    if (size <= partBytes) await client.send(new sdk.PutObjectCommand({ ...at, Body: await part(0) }))
    else await putParts({ sdk, client }, at, size, { partBytes, part })
  } finally {
    await file.close()
  }
}

async function putParts(
  { sdk, client }: S3,
  { Bucket, Key, ContentType }: Place,
  size: number,
  { partBytes, part }: { readonly partBytes: number; readonly part: (from: number) => Promise<Buffer> },
): Promise<void> {
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key, ContentType }))
  const upload = { Bucket, Key, UploadId }
  try {
    const Parts = []
    for (let PartNumber = 1, from = 0; from < size; PartNumber++, from += partBytes) {
      const sent = await client.send(new sdk.UploadPartCommand({ ...upload, PartNumber, Body: await part(from) }))
      Parts.push({ PartNumber, ETag: sent.ETag })
    }
    await client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
  } catch (error) {
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined) // Its end is told already.
    throw error
  }
}

async function removeBelow({ sdk, client }: S3, Bucket: string, Prefix: string): Promise<number> {
  let removed = 0
  for (;;) {
    const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix, MaxKeys: mostAtOnce }))
    if (Contents.length === 0) return removed
    const Objects = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]))
    const { Errors: [refused] = [] } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    )
    if (refused !== undefined) throw new Error(`${refused.Key ?? ''}: ${refused.Message ?? refused.Code ?? 'refused'}`)
    removed += Objects.length
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && '$metadata' in error && (error as sdk.S3ServiceException).$metadata.httpStatusCode === 404
