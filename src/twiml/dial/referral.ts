import { isFailure } from '../../base/index.ts'
import { Hangup } from '../../call/index.ts'
import { childrenOf, type TwimlElement } from '../document.ts'
import type { Parameters, VerbContext } from '../session.ts'
import { codes, type Warn } from '../warnings.ts'
import { readSipAddress } from './sip-address.ts'

/** The `<Sip>` of a `<Refer>`, with headers as a Refer-To has them. */
export function targetOf(element: TwimlElement, warn: Warn): string | undefined {
  const [sip, second] = childrenOf(element).filter(({ name }) => name === 'Sip')
  if (sip === undefined) {
    warn(element, codes.schema, '<Refer> names nobody: it needs a <Sip>')
    return undefined
  }
  if (second !== undefined) warn(second, codes.schema, '<Refer> has one <Sip>: the others are left out')
  const address = readSipAddress(sip, warn)
  if (address === undefined) return undefined
  const headers = Object.entries(address.headers).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return headers.length === 0 ? address.uri : `${address.uri}?${headers.join('&')}`
}

/** Refers the caller to `target`. @returns what became of it, as Twilio tells it */
export async function referred(target: string, { call, signal }: VerbContext): Promise<Parameters> {
  try {
    await call.leg.answer()
    const sipStatus = await call.leg.refer(target, { signal })
    return resultOf(statusOf(sipStatus), 202, sipStatus)
  } catch (error) {
    if (error instanceof Hangup) return resultOf('canceled')
    if (isFailure(error, 'TRANSFER_REFUSED')) return resultOf('failed', error.details.sipStatus)
    if (isFailure(error, 'TRANSFER_TIMEOUT')) return resultOf('failed')
    throw error
  }
}

/** @param answer to the wish itself. @param outcome of the call that came of it */
function resultOf(status: string, answer?: number, outcome?: number): Parameters {
  const result: Record<string, string> = { ReferCallStatus: status }
  if (answer !== undefined) result['ReferSipResponseCode'] = String(answer)
  if (outcome !== undefined) result['NotifySipResponseCode'] = String(outcome)
  return result
}

function statusOf(sipStatus: number): string {
  if (sipStatus < 300) return 'in-progress'
  return sipStatus === 486 || sipStatus === 600 ? 'busy' : 'failed'
}
