import { randomFillSync, randomInt, randomUUID } from 'node:crypto'

const pool = Buffer.alloc(4096)
let unused = 0

/** Fresh random bytes, taken from a pool: asking the system for a few bytes costs as much as asking for thousands. */
function randomBytes(count: number): Buffer {
  if (count > pool.length) return randomFillSync(Buffer.alloc(count))
  if (unused < count) {
    randomFillSync(pool)
    unused = pool.length
  }
  const bytes = Buffer.from(pool.subarray(unused - count, unused))
  unused -= count
  return bytes
}

/** Every identifier of the house comes from here: 128 bits unless a protocol says otherwise. */
export const newId = (): string => randomBytes(16).toString('hex')

export const newUuid = (): string => randomUUID()

/** @param bytes how many random bytes; the text has twice as many hexadecimal digits */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex')

/** A secret of `bytes` bytes, that shares its memory with nothing. */
export const randomKey = (bytes: number): Uint8Array => randomFillSync(new Uint8Array(bytes))

/** A random unsigned integer of 32 bits (RTP SSRC and first timestamp, RFC 3550 section 5.1). */
export const randomUint32 = (): number => randomBytes(4).readUInt32BE()

/** A random unsigned integer of 16 bits (RTP's first sequence number, RFC 3550 section 5.1). */
export const randomUint16 = (): number => randomBytes(2).readUInt16BE()

/** A random integer from `from` up to and without `below`. */
export const randomBetween = (from: number, below: number): number => randomInt(from, below)
