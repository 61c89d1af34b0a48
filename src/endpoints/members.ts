import { fieldsOf, integerOf, textOf } from '../base/index.ts'
import type { Ringing } from './ringing.ts'

/** Somebody of a group. */
export interface Member {
  readonly id: string
  readonly type: 'device' | 'user' | 'group'
  readonly delaySeconds: number
  readonly timeoutSeconds: number
  /** 1 to 100. */
  readonly weight: number
}

export type GroupStrategy = 'simultaneous' | 'single' | 'weighted_random'

const mostMembers = 200
const usualTimeoutSeconds = 20
const usualWeight = 20

/**
 * The members that a list of a callflow names: objects, or just ids, whose documents then say what they are.
 *
 * @source KAZOO cf_ring_group.erl, schema callflows.ring_group
 */
export async function readMembers(list: readonly unknown[], ringing: Ringing): Promise<readonly Member[]> {
  const members: Member[] = []
  for (const entry of list.slice(0, mostMembers)) {
    const fields = typeof entry === 'string' ? { id: entry } : fieldsOf(entry)
    const id = textOf(fields['id'])
    if (id === undefined || isDisabled(fields['disable_until'], ringing)) continue
    members.push({ ...memberOf(id, fields), type: typeOf(fields['endpoint_type']) ?? (await typeById(id, ringing)) })
  }
  return members
}

const secondsFromYear0 = 62_167_219_200

/** @param until Gregorian seconds */
const isDisabled = (until: unknown, { clock }: Ringing): boolean =>
  clock.now() / 1000 + secondsFromYear0 <= (integerOf(until) ?? 0)

const memberOf = (id: string, fields: Readonly<Record<string, unknown>>): Omit<Member, 'type'> => ({
  id,
  delaySeconds: Math.max(integerOf(fields['delay']) ?? 0, 0),
  timeoutSeconds: positive(integerOf(fields['timeout'])) ?? usualTimeoutSeconds,
  weight: Math.min(Math.max(integerOf(fields['weight']) ?? usualWeight, 1), 100),
})

const positive = (value: number | undefined): number | undefined =>
  value === undefined || value <= 0 ? undefined : value

const typeOf = (value: unknown): Member['type'] | undefined =>
  value === 'device' || value === 'user' || value === 'group' ? value : undefined

async function typeById(id: string, { call, documents }: Ringing): Promise<Member['type']> {
  if ((await documents.get(call.account.id, 'devices', id)) !== undefined) return 'device'
  return (await documents.get(call.account.id, 'users', id)) === undefined ? 'group' : 'user'
}

/**
 * The members of a group document: devices first, then users. Groups in groups are left out.
 *
 * @param fallback whose delay and time-out count when the document does not say
 * @source KAZOO cf_group.erl and cf_ring_group.erl, resolve group endpoints
 */
export async function groupMembers(
  id: string,
  ringing: Ringing,
  { strategy, fallback }: { readonly strategy: GroupStrategy; readonly fallback?: Member },
): Promise<readonly Member[]> {
  const { call, documents } = ringing
  const document = await documents.get(call.account.id, 'groups', id)
  const entries = Object.entries(fieldsOf(document?.['endpoints']))
    .slice(0, mostMembers)
    .map(([member, value]) => ({ id: member, fields: fieldsOf(value) }))
  const byOrder = entries.filter(({ fields }) => integerOf(fields['weight']) !== undefined)
  byOrder.sort((one, other) => Number(one.fields['weight']) - Number(other.fields['weight']))
  const isOrdered = strategy === 'single' && fallback !== undefined
  const chosen = isOrdered ? byOrder : entries
  const members = chosen.flatMap(({ id: member, fields }): Member[] => {
    const type = typeOf(fields['type'])
    if (type === undefined || type === 'group') return []
    const delay = fallback === undefined ? {} : { delay: fallback.delaySeconds, timeout: fallback.timeoutSeconds }
    const weight = fallback === undefined ? {} : { weight: fallback.weight }
    return [{ ...memberOf(member, { ...delay, ...fields, ...weight }), type }]
  })
  return isOrdered
    ? members
    : members.toSorted((one, other) => Number(one.type === 'user') - Number(other.type === 'user'))
}
