import { createCipheriv } from 'node:crypto'

/** How RTP is encrypted and authenticated. */
export interface SrtpSuiteFacts {
  readonly cipher: 'counter' | 'gcm'
  readonly keyBytes: 16 | 32
  readonly saltBytes: 12 | 14
  /** Of RTP. RTCP has always the long one (RFC 4568 section 6.2). */
  readonly tagBytes: 4 | 10 | 16
  readonly rtcpTagBytes: 10 | 16
}

const counter = { cipher: 'counter', saltBytes: 14, rtcpTagBytes: 10 } as const
const gcm = { cipher: 'gcm', saltBytes: 12, tagBytes: 16, rtcpTagBytes: 16 } as const

/** By their names in SDP. @source RFC 4568 section 6.2; RFC 6188 section 4; RFC 7714 section 14.2 */
export const srtpSuites = {
  AES_CM_128_HMAC_SHA1_80: { ...counter, keyBytes: 16, tagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { ...counter, keyBytes: 16, tagBytes: 4 },
  AES_256_CM_HMAC_SHA1_80: { ...counter, keyBytes: 32, tagBytes: 10 },
  AES_256_CM_HMAC_SHA1_32: { ...counter, keyBytes: 32, tagBytes: 4 },
  AEAD_AES_128_GCM: { ...gcm, keyBytes: 16 },
  AEAD_AES_256_GCM: { ...gcm, keyBytes: 32 },
} as const satisfies Readonly<Record<string, SrtpSuiteFacts>>

export type SrtpSuite = keyof typeof srtpSuites

export const isSrtpSuite = (name: string): name is SrtpSuite => Object.hasOwn(srtpSuites, name)

/** What one side encrypts with. Never to be logged or kept. */
export interface SrtpKey {
  readonly suite: SrtpSuite
  /** The master key and, behind it, the master salt: as many bytes as {@link masterBytes} says. */
  readonly master: Uint8Array
  /** Its packets name their key (MKI) with so many bytes; there is only one, so they are passed over. */
  readonly mkiBytes?: number
}

/** Of key and salt together. */
export const masterBytes = (suite: SrtpSuite): number => srtpSuites[suite].keyBytes + srtpSuites[suite].saltBytes

/** What packets are encrypted and authenticated with. */
export interface SessionKeys {
  readonly cipherKey: Uint8Array
  readonly authKey: Uint8Array
  readonly salt: Uint8Array
}

const authKeyBytes = 20
/** RFC 3711 section 4.3.2. */
const labels = { rtp: { cipher: 0, auth: 1, salt: 2 }, rtcp: { cipher: 3, auth: 4, salt: 5 } } as const

/**
 * The keys of a session (RFC 3711 section 4.3.1), which stay for as long as it lasts: the key derivation rate is 0. A salt
 * of 12 bytes is filled up with zeros (RFC 7714 section 11).
 */
export function sessionKeys({ suite, master }: SrtpKey, of: keyof typeof labels): SessionKeys {
  const { keyBytes, saltBytes } = srtpSuites[suite]
  const key = master.subarray(0, keyBytes)
  const salt = master.subarray(keyBytes, keyBytes + saltBytes)
  return {
    cipherKey: derived(key, salt, labels[of].cipher, keyBytes),
    authKey: derived(key, salt, labels[of].auth, authKeyBytes),
    salt: derived(key, salt, labels[of].salt, saltBytes),
  }
}

function derived(key: Uint8Array, salt: Uint8Array, label: number, bytes: number): Uint8Array {
  const start = new Uint8Array(16)
  start.set(salt)
  start[7] = (start[7] ?? 0) ^ label
  return createCipheriv(key.length === 32 ? 'aes-256-ctr' : 'aes-128-ctr', key, start).update(new Uint8Array(bytes))
}
