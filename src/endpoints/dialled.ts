import type { Call } from '../call/index.ts'
import type { Callflows, FoundFlow } from '../callflow/index.ts'
import { normalizeNumber } from '../number/index.ts'

/** A callflow, and the form of the number that it answers. */
export interface Dialled {
  readonly number: string
  readonly found: FoundFlow
}

/**
 * The callflow that answers a number that somebody has dialled: as normalized, else as dialled, else the one for all
 * other numbers.
 *
 * @param callflows as the call reads them
 */
export async function findDialled(
  dialled: string,
  call: Pick<Call, 'account'>,
  callflows: Callflows,
): Promise<Dialled | undefined> {
  const { id, country } = call.account
  let fallback: Dialled | undefined
  for (const number of new Set([normalizeNumber(dialled, country), dialled])) {
    const found = await callflows.find(id, number)
    if (found?.isNoMatch === false) return { number, found }
    if (found !== undefined) fallback ??= { number, found }
  }
  return fallback
}
