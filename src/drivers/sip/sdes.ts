import type { MediaDescription } from 'sdp-transform'
import { randomKey } from '../../base/index.ts'
import { isSrtpSuite, masterBytes, type SrtpKey, type SrtpSuite } from '../../rtp/index.ts'

/** What is done about encryption: nothing; what the far end wants; or calls without it are refused. */
export type SrtpPolicy = 'off' | 'optional' | 'required'

/** A line `a=crypto`: the key that one side sends with. Never to be logged. */
export interface Crypto {
  readonly tag: number
  readonly key: SrtpKey
}

/** Which descriptions of the far end will do. */
export interface SrtpTerms {
  readonly isRequired: boolean
  readonly takes: (crypto: Crypto) => boolean
}

/** For what is offered to us. */
export const termsOf = (policy: SrtpPolicy): SrtpTerms => ({
  isRequired: policy === 'required',
  takes: () => policy !== 'off',
})

/** For the answer to our offer: it picks one of ours (RFC 4568 section 5.1.2). */
export const termsOfAnswer = (offered: readonly Crypto[], isRequired: boolean): SrtpTerms => ({
  isRequired,
  takes: ({ tag, key }) => offered.some((ours) => ours.tag === tag && ours.key.suite === key.suite),
})

/** What everyone has to know (RFC 4568 section 6.2), and so enough to offer. */
const offered: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']

/** A key of ours that nobody has seen yet. */
export const newKey = (suite: SrtpSuite): SrtpKey => ({ suite, master: randomKey(masterBytes(suite)) })

/** What we offer when we have not talked yet; every line has a key of its own. */
export const newOffer = (): readonly Crypto[] => offered.map((suite, index) => ({ tag: index + 1, key: newKey(suite) }))

export const isSameKey = (a: SrtpKey, b: SrtpKey): boolean =>
  a.suite === b.suite && a.mkiBytes === b.mkiBytes && Buffer.compare(a.master, b.master) === 0

export const cryptoLine = ({ tag, key }: Crypto): string =>
  `a=crypto:${tag} ${key.suite} inline:${Buffer.from(key.master).toString('base64')}\r\n`

/** The lines of a media description that we can use, in its order. */
export function cryptosOf(media: MediaDescription): readonly Crypto[] {
  const lines: unknown = media.crypto
  return Array.isArray(lines) ? lines.flatMap((line: unknown) => cryptoOf(line) ?? []) : []
}

/**
 * One key, with or without lifetime and MKI: `inline:d0Rmdmcm…|2^20|1:4`. A lifetime is not watched: no call lasts 2^48
 * packets. Of the parameters only a hint for the replay window (WSH) is passed over, like all that begin with `-`; the
 * others would change what is encrypted, how keys are derived, or more.
 *
 * @source RFC 4568 sections 6.1 and 6.3
 */
function cryptoOf(line: unknown): Crypto | undefined {
  if (typeof line !== 'object' || line === null) return undefined
  const { id, suite, config, sessionConfig } = line as Readonly<Record<string, unknown>>
  if (typeof id !== 'number' || typeof suite !== 'string' || typeof config !== 'string') return undefined
  if (sessionConfig !== undefined && !(typeof sessionConfig === 'string' && /^(-.*|WSH=\d+|)$/.test(sessionConfig)))
    return undefined
  const name = suite.toUpperCase()
  const parts = /^inline:([A-Za-z0-9+/]+={0,2})(?:\|(?:2\^)?\d+)?(?:\|\d+:(\d{1,3}))?$/.exec(config)
  if (id > 999_999_999 || !isSrtpSuite(name) || parts === null) return undefined
  const master = Uint8Array.from(Buffer.from(parts[1] ?? '', 'base64'))
  const mkiBytes = Number(parts[2] ?? 0)
  if (master.length !== masterBytes(name) || mkiBytes > 128) return undefined
  return { tag: id, key: { suite: name, master, ...(mkiBytes === 0 ? {} : { mkiBytes }) } }
}
