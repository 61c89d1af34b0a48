import alawmulaw from 'alawmulaw'

/** The two laws of G.711, by their RTP names: PCMU (mu-law) and PCMA (A-law). */
export type G711Law = 'pcmu' | 'pcma'

interface Tables {
  /** Indexed by the 16 bits of a sample, read as unsigned. */
  readonly encode: Uint8Array
  readonly decode: Int16Array
}

const tables: { readonly [L in G711Law]: Tables } = {
  pcmu: tablesOf(alawmulaw.mulaw),
  pcma: tablesOf(alawmulaw.alaw),
}

/**
 * 16-bit samples as G.711, one byte a sample, in `bytes` if that is given.
 *
 * @source ITU-T G.711; RFC 3551 section 4.5.14
 */
export function encodeG711(
  samples: Int16Array,
  law: G711Law,
  bytes: Uint8Array = new Uint8Array(samples.length),
): Uint8Array {
  const { encode } = tables[law]
  for (let i = 0; i < samples.length; i++) bytes[i] = encode[(samples[i] ?? 0) & 0xffff] ?? 0
  return bytes
}

/** G.711 as 16-bit samples, in `samples` if that is given. Every byte is a sample: there is nothing to go wrong. */
export function decodeG711(
  bytes: Uint8Array,
  law: G711Law,
  samples: Int16Array = new Int16Array(bytes.length),
): Int16Array {
  const { decode } = tables[law]
  for (let i = 0; i < bytes.length; i++) samples[i] = decode[bytes[i] ?? 0] ?? 0
  return samples
}

/** Tables from the codec's array functions: its single-sample mu-law encoder returns numbers outside a byte. */
function tablesOf(codec: { encode(samples: Int16Array): Uint8Array; decode(bytes: Uint8Array): Int16Array }): Tables {
  const every = new Int16Array(65_536).map((_, bits) => bits)
  return { encode: codec.encode(every), decode: codec.decode(new Uint8Array(256).map((_, byte) => byte)) }
}
