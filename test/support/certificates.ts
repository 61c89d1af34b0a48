import { readFileSync } from 'node:fs'

/** @param name `pbx`, `other`, `ca`, with ending. @returns its path */
export const certificateFile = (name: string): string => new URL(`certificates/${name}`, import.meta.url).pathname

const textOf = (name: string): string => readFileSync(certificateFile(name), 'utf8')

/** The authority that has signed both. */
export const authority = textOf('ca.pem')

export const certificates = {
  /** For pbx.example, localhost, 127.0.0.1 and ::1. */
  pbx: { cert: textOf('pbx.pem'), key: textOf('pbx.key') },
  /** For other.example. */
  other: { cert: textOf('other.pem'), key: textOf('other.key') },
} as const
