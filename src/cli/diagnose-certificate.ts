import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { systemClock } from '../base/index.ts'
import type { Config } from '../config/index.ts'
import { messageOf, type Diagnosis } from './diagnosis.ts'

const name = 'SIP certificate'
const dayMs = 86_400_000

/** Whom it is for and until when; that it fits its key was seen when the configuration was read. */
export async function diagnoseCertificate({ sip: { tls } }: Config): Promise<Diagnosis> {
  if (tls.certificate === undefined) return { name, isGood: true, says: 'none: no SIP by TLS, none to be shown' }
  const { certFile } = tls.certificate
  try {
    return judged(new X509Certificate(await readFile(certFile)), certFile)
  } catch (error) {
    return { name, isGood: false, says: `${certFile}: ${messageOf(error)}`, todo: 'set PIVOT_SIP_TLS_CERT' }
  }
}

function judged({ subjectAltName, validFrom, validTo }: X509Certificate, file: string): Diagnosis {
  const now = systemClock.now()
  const daysLeft = Math.floor((Date.parse(validTo) - now) / dayMs)
  const isGood = Date.parse(validFrom) <= now && daysLeft >= 0
  const names = subjectAltName?.replaceAll(/(?:DNS|IP Address):/g, '') ?? 'nobody'
  const says = `for ${names}; until ${validTo}, ${daysLeft} days`
  return { name, isGood, says, ...(isGood ? {} : { todo: `renew ${file}` }) }
}
