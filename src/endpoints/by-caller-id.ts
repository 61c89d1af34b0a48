import { fieldsOf, textOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { normalizeNumber } from '../number/index.ts'
import type { Member } from './members.ts'
import type { Ringing } from './ringing.ts'

/** `custom`: any but the other two. */
export type CallerIdType = 'internal' | 'external' | 'custom'

export interface ByCallerId {
  readonly cidTypes: readonly CallerIdType[]
  /** Empty = all. */
  readonly endpointTypes: readonly ('device' | 'user')[]
}

const mostFound = 50

/**
 * The devices and users whose documents say that they call as `number`.
 *
 * @source KAZOO cf_route_to_cid.erl
 */
export async function membersByCallerId(
  number: string,
  { cidTypes, endpointTypes }: ByCallerId,
  { call, documents }: Ringing,
): Promise<readonly Member[]> {
  const { id: accountId, country } = call.account
  const wanted = normalizeNumber(number, country)
  const members: Member[] = []
  for (const type of ['device', 'user'] as const) {
    if (endpointTypes.length > 0 && !endpointTypes.includes(type)) continue
    for (const document of await documents.list(accountId, `${type}s`)) {
      const isTheirs = numbersOf(document, cidTypes).some((own) => normalizeNumber(own, country) === wanted)
      if (isTheirs) members.push({ id: document.id, type, delaySeconds: 0, timeoutSeconds: 20, weight: 20 })
    }
  }
  return members.slice(0, mostFound)
}

function numbersOf(document: Document, types: readonly CallerIdType[]): readonly string[] {
  const identities = Object.entries(fieldsOf(document['caller_id'])).filter(([kind]) =>
    kind === 'internal' || kind === 'external' ? types.includes(kind) : types.includes('custom'),
  )
  return identities.flatMap(([, identity]) => textOf(fieldsOf(identity)['number']) ?? [])
}
