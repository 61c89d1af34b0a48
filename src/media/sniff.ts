import { isAiff } from './aiff.ts'
import { isAu } from './au.ts'
import type { SampleCode } from './linear.ts'
import { isMp3 } from './mp3.ts'
import { isWav } from './wav.ts'

/** How a file is to be read. `raw` has no header: its shape must be known from elsewhere. */
export type AudioFormat =
  | { readonly kind: 'wav' | 'mp3' | 'au' | 'aiff' }
  | { readonly kind: 'raw'; readonly code: SampleCode; readonly rateHz: number; readonly littleEndian?: boolean }

export interface FormatHints {
  readonly contentType?: string | undefined
  /** A file name, path or URL: its extension counts when nothing else does. */
  readonly name?: string | undefined
}

const mulaw: AudioFormat = { kind: 'raw', code: 'pcmu', rateHz: 8_000 }
const alaw: AudioFormat = { kind: 'raw', code: 'pcma', rateHz: 8_000 }

const byContentType: Readonly<Record<string, AudioFormat>> = {
  'audio/basic': mulaw,
  'audio/pcmu': mulaw,
  'audio/ulaw': mulaw,
  'audio/x-mulaw': mulaw,
  'audio/pcma': alaw,
  'audio/alaw': alaw,
  'audio/x-alaw': alaw,
}

const byExtension: Readonly<Record<string, AudioFormat>> = {
  ulaw: mulaw,
  ul: mulaw,
  pcmu: mulaw,
  alaw,
  al: alaw,
  pcma: alaw,
}

/**
 * What the bytes are, by themselves first: servers and names are often wrong, headers are not. Only sound without a
 * header is believed to be what its content type, then its name says.
 */
export function audioFormat(bytes: Uint8Array, { contentType, name }: FormatHints): AudioFormat | undefined {
  if (isWav(bytes)) return { kind: 'wav' }
  if (isAu(bytes)) return { kind: 'au' }
  if (isAiff(bytes)) return { kind: 'aiff' }
  if (isMp3(bytes)) return { kind: 'mp3' }
  return rawByContentType(contentType) ?? byExtension[extensionOf(name)]
}

function rawByContentType(contentType = ''): AudioFormat | undefined {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';')
  // RFC 2586: 16-bit samples in network byte order, their rate a parameter.
  if (type.trim() === 'audio/l16') {
    const rate = parameters.map((parameter) => /^\s*rate=(\d+)\s*$/.exec(parameter)?.[1]).find(Boolean)
    return { kind: 'raw', code: 's16', rateHz: Number(rate ?? 8_000), littleEndian: false }
  }
  return byContentType[type.trim()]
}

function extensionOf(name = ''): string {
  return /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(name)?.[1]?.toLowerCase() ?? ''
}
