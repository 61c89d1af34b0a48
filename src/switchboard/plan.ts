import { Failure } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import type { Callflows, Flow, FoundFlow } from '../callflow/index.ts'
import { normalizeNumber } from '../number/index.ts'
import type { Redirection } from './live-flow.ts'

/** What a leg is connected to. */
export interface Destination {
  readonly number: string
  readonly found: FoundFlow
}

/** The flow of the number as normalized, else as dialled; flows for all other numbers only answer known callers. */
export async function findFlow(
  call: Call,
  number: string,
  dialled: string,
  { callflows, isKnown }: { readonly callflows: Callflows; readonly isKnown: boolean },
): Promise<Destination | undefined> {
  const { account } = call
  const numbers = number === dialled ? [number] : [number, dialled]
  let fallback: Destination | undefined
  for (const candidate of numbers) {
    const found = await callflows.find(account.id, candidate)
    if (found === undefined) continue
    if (!found.isNoMatch) return { number: candidate, found }
    fallback ??= { number: candidate, found }
  }
  return isKnown ? fallback : undefined
}

/** A flow to run, and where the call was redirected to when that is why. */
export interface Plan {
  readonly flow: Flow
  readonly redirectedTo: Partial<Destination> | undefined
}

/** @throws DOCUMENT_NOT_FOUND */
export async function planOf(
  call: Call,
  to: Redirection,
  { callflows, isKnown }: { readonly callflows: Callflows; readonly isKnown: boolean },
): Promise<Plan> {
  if (to.to === 'flow') return { flow: to.flow, redirectedTo: {} }
  if (to.to === 'callflow') {
    const found = await callflows.get(call.account.id, to.id)
    if (found === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection: 'callflows', id: to.id })
    return { flow: found.flow, redirectedTo: { found } }
  }
  const normalized = normalizeNumber(to.number, call.account.country)
  const destination = await findFlow(call, normalized, to.number, { callflows, isKnown })
  if (destination === undefined) throw new Failure('DOCUMENT_NOT_FOUND', { collection: 'callflows', id: to.number })
  return { flow: destination.found.flow, redirectedTo: destination }
}

export function beginRedirected(call: Call, { number, found }: Partial<Destination>): void {
  if (found !== undefined) noteFlow(call, number ?? found.id, found)
  call.tell({ type: 'flow.redirected', number, callflowId: found?.id, name: found?.name })
}

export function noteFlow({ variables }: Call, number: string, found: FoundFlow): void {
  variables.callflowId = found.id
  variables.callflowName = found.name ?? number
  variables.captureGroup = found.captureGroup
  variables.captureGroups = found.captureGroups
  variables.isNoMatch = found.isNoMatch
}
