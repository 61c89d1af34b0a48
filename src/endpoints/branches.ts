import { flagOf, listOf, textOf } from '../base/index.ts'
import { confirmsByKey, type Branch, type Party } from '../call/index.ts'
import type { Document, Flow } from '../callflow/index.ts'
import { normalizeNumber } from '../number/index.ts'
import { ownIdentity, type CallerIdentity, type CallerIdKind } from './caller-id.ts'
import { branchOf, calleeName, phoneToRing } from './device.ts'
import { forwardOf, type Forward } from './forward.ts'
import { groupMembers, readMembers, type GroupStrategy, type Member } from './members.ts'
import { heavierFirst } from './order.ts'
import { findWayOut } from './outside.ts'
import { guestsOf, nested, type Phone } from './phone.ts'
import { restrictionsOf } from './restriction.ts'
import type { Manner, Ringing } from './ringing.ts'
import { wayOutOf } from './way-out.ts'

/** How long whoever takes a forwarded call has to press the key. */
const confirmMs = 7_000
/** Of the addresses that a phone names when it sends a call elsewhere. */
const mostRedirects = 5

/** The ways to a device: itself, or what it forwards to, or both. */
export async function deviceBranches(id: string, manner: Manner, ringing: Ringing): Promise<readonly Branch[]> {
  const phone = await phoneToRing(id, manner, ringing)
  if (phone === undefined) return []
  const forward = forwardInForce(phone.device, phone.owner, manner)
  const forwarded = forward === undefined ? [] : await forwardBranches(forward, phone, manner, ringing)
  if (forward?.substitutes === true && !forward.isFailover) return forwarded
  const itself = mayRedirect(branchOf(phone, manner, ringing), phone, manner, ringing)
  if (itself !== undefined && forward?.isFailover === true) {
    return [forwarded.length === 0 ? itself : { ...itself, instead: forwarded }]
  }
  return itself === undefined ? forwarded : [itself, ...forwarded]
}

/**
 * The ways to a user: all devices that are the user's. A user without any may still forward.
 *
 * @source KAZOO cf_user.erl and kz_endpoints.erl, by_owner_id
 */
export async function userBranches(id: string, manner: Manner, ringing: Ringing): Promise<readonly Branch[]> {
  const { call, documents, log } = ringing
  const user = await documents.get(call.account.id, 'users', id)
  if (flagOf(user?.['enabled']) === false) {
    log.info('endpoints.left-out', { kind: 'user', id, why: 'disabled' })
    return []
  }
  const devices = await devicesOf(id, ringing)
  if (devices.length === 0) return userForward(user, manner, ringing)
  const branches: Branch[] = []
  for (const device of devices) branches.push(...(await deviceBranches(device, manner, ringing)))
  return branches
}

/** The ways to a user at the phones of others that they are logged in at. @source KAZOO cf_hotdesk.erl, bridge */
export async function guestBranches(id: string, manner: Manner, ringing: Ringing): Promise<readonly Branch[]> {
  const devices = await ringing.documents.list(ringing.call.account.id, 'devices')
  const branches: Branch[] = []
  for (const device of devices.filter((one) => guestsOf(one).includes(id))) {
    branches.push(...(await deviceBranches(device.id, manner, ringing)))
  }
  return branches
}

/** The ids of the devices that a user owns, or is logged in at. */
export async function devicesOf(userId: string, { call, documents }: Ringing): Promise<readonly string[]> {
  const all = await documents.list(call.account.id, 'devices')
  const isTheirs = (device: Document): boolean =>
    textOf(device['owner_id']) === userId || guestsOf(device).includes(userId)
  return all.filter(isTheirs).map(({ id }) => id)
}

/** What all members have in common. */
type MemberManner = Omit<Manner, 'delayMs' | 'timeoutMs' | 'canCallSelf' | 'asMembers'>

export interface GroupOptions {
  readonly strategy: GroupStrategy
  readonly manner: MemberManner
  /** Also phones of whoever calls; default no. */
  readonly canCallSelf?: boolean
}

/**
 * The ways to the members of a group, in the order in which they are to be rung one after another.
 *
 * @source KAZOO cf_ring_group.erl, resolve_endpoint_ids and build_endpoints
 */
export async function memberBranches(
  members: readonly Member[],
  { strategy, manner, canCallSelf = false }: GroupOptions,
  ringing: Ringing,
): Promise<readonly Branch[]> {
  const found: { branch: Branch; weight: number }[] = []
  const known = new Set<string>()
  for (const member of await withoutGroups(members, strategy, ringing)) {
    const how: Manner = {
      ...manner,
      delayMs: member.delaySeconds * 1_000,
      timeoutMs: member.timeoutSeconds * 1_000,
      canCallSelf,
      asMembers: true,
    }
    const branchesOf = member.type === 'device' ? deviceBranches : userBranches
    for (const branch of await branchesOf(member.id, how, ringing)) {
      const key = `${branch.callee.endpoint?.authorizingId ?? ''} ${branch.delayMs} ${branch.timeoutMs}`
      if (!known.has(key)) found.push({ branch, weight: member.weight })
      known.add(key)
    }
  }
  const ordered = strategy === 'weighted_random' ? heavierFirst(found) : found
  return ordered.map(({ branch }) => branch)
}

async function withoutGroups(
  members: readonly Member[],
  strategy: GroupStrategy,
  ringing: Ringing,
): Promise<readonly Member[]> {
  const all: Member[] = []
  for (const member of members) {
    if (member.type !== 'group') all.push(member)
    else all.push(...(await groupMembers(member.id, ringing, { strategy, fallback: member })))
  }
  return all
}

async function userForward(user: Document | undefined, manner: Manner, ringing: Ringing): Promise<readonly Branch[]> {
  const forward = forwardInForce(undefined, user, manner)
  return forward === undefined ? [] : forwardBranches(forward, undefined, manner, ringing)
}

/** A phone may send a call elsewhere by a key: to whomever a caller of the account would reach there. */
function mayRedirect(branch: Branch | undefined, phone: Phone, manner: Manner, ringing: Ringing): Branch | undefined {
  if (branch === undefined) return undefined
  if (manner.ignoresRedirects === true) return { ...branch, ignoresRedirects: true }
  const username = textOf(nested(phone.device, 'sip', 'username')) ?? ''
  const diversion = `<sip:${encodeURIComponent(username)}@${ringing.call.account.realm}>;reason=deflection`
  const redirected = async (to: readonly Party[]): Promise<readonly Branch[]> => {
    for (const { user } of to.slice(0, mostRedirects)) {
      const forward: Forward = { ...deflection, number: user }
      const branches = await forwardBranches(forward, phone, { ...manner, delayMs: 0 }, ringing)
      if (branches.length > 0) {
        return branches.map((one) => ({ ...one, headers: { ...one.headers, Diversion: diversion } }))
      }
    }
    return []
  }
  return { ...branch, redirected }
}

/** The same as a forward that somebody has switched on for one call. */
const deflection: Omit<Forward, 'number'> = {
  substitutes: true,
  keepsCallerId: true,
  needsKey: false,
  directOnly: false,
  isFailover: false,
  ignoresEarlyMedia: false,
}

function forwardInForce(
  device: Document | undefined,
  owner: Document | undefined,
  { asMembers }: Manner,
): Forward | undefined {
  const forward = forwardOf(device, owner)
  return forward?.directOnly === true && asMembers ? undefined : forward
}

/** The ways to where a phone forwards its calls, which are those to that number. */
async function forwardBranches(
  forward: Forward,
  phone: Phone | undefined,
  manner: Manner,
  ringing: Ringing,
): Promise<readonly Branch[]> {
  const { call, log, forwardedTo } = ringing
  const number = normalizeNumber(forward.number, call.account.country)
  if (forwardedTo.has(number)) return []
  forwardedTo.add(number)
  const how = mannerOf(forward, phone, manner, ringing)
  const branches =
    (await numberBranches(forward.number, how, ringing)) ?? (await outsideBranches(forward.number, how, ringing))
  if (branches === undefined)
    log.warn('endpoints.forward-left-out', { why: 'nobody has it, and no callflow leads outside', pii: { number } })
  return branches ?? []
}

/**
 * The ways to a number of the account: to whomever its callflow rings first. Undefined when no callflow of the account has
 * the number, or its callflow does not begin with a device, a user, a ring group or resources.
 *
 * Differs from KAZOO, where a call to a number that was forwarded to is one of its own that any callflow may take.
 */
export async function numberBranches(
  dialled: string,
  manner: Manner,
  ringing: Ringing,
): Promise<readonly Branch[] | undefined> {
  const { call, callflows } = ringing
  for (const candidate of new Set([normalizeNumber(dialled, call.account.country), dialled])) {
    const found = await callflows.find(call.account.id, candidate)
    if (found !== undefined && !found.isNoMatch) return flowBranches(found.flow, dialled, manner, ringing)
  }
  return undefined
}

/**
 * The ways to a number that nobody of the account has: those of the callflow for all other numbers, when it begins with
 * resources. Undefined when there is no such callflow.
 */
export async function outsideBranches(
  dialled: string,
  manner: Manner,
  ringing: Ringing,
): Promise<readonly Branch[] | undefined> {
  const { call, callflows } = ringing
  const found = await callflows.find(call.account.id, normalizeNumber(dialled, call.account.country))
  if (found?.isNoMatch !== true || !leadsOutside(found.flow)) return undefined
  return flowBranches(found.flow, dialled, manner, ringing)
}

const leadsOutside = ({ module }: Flow): boolean => module === 'resources' || module === 'offnet'

async function flowBranches(
  flow: Flow,
  dialled: string,
  manner: Manner,
  ringing: Ringing,
): Promise<readonly Branch[] | undefined> {
  const { module, data } = flow
  const id = textOf(data['id']) ?? ''
  if (leadsOutside(flow)) {
    const found = await findWayOut(dialled, wayOutOf(module, data, ringing.call.account.id), manner, ringing)
    return found.is === 'found' ? [found.branch] : []
  }
  if (module === 'user') return userBranches(id, manner, ringing)
  if (module === 'device') return deviceBranches(id, manner, ringing)
  if (module !== 'ring_group') return undefined
  const { delayMs, timeoutMs, canCallSelf: _, asMembers: __, ...common } = manner
  const members = await readMembers(listOf(data['endpoints']), ringing)
  const branches = await memberBranches(members, { strategy: 'simultaneous', manner: common }, ringing)
  return branches.map((branch) => ({
    ...branch,
    delayMs: branch.delayMs + delayMs,
    timeoutMs: Math.min(branch.timeoutMs, timeoutMs),
  }))
}

/** How whoever is forwarded to is rung. */
function mannerOf(forward: Forward, phone: Phone | undefined, manner: Manner, ringing: Ringing): Manner {
  const { staticInvite: _, ...onward } = manner
  return {
    ...onward,
    asMembers: false,
    ...(forward.keepsCallerId || phone === undefined
      ? {}
      : { callerId: identityOf(phone, 'internal'), outsideCallerId: identityOf(phone, 'external') }),
    restrictedBy: restrictionsOf(phone, ringing.account),
    ...(forward.ignoresEarlyMedia ? { ignoresEarlyMedia: true } : {}),
    ...(forward.needsKey ? { screen: confirming(ringing) } : {}),
  }
}

function identityOf(phone: Phone, kind: CallerIdKind): CallerIdentity {
  const { name, number } = ownIdentity(phone, kind)
  return {
    name: name ?? calleeName(phone) ?? '',
    number: number ?? textOf(nested(phone.device, 'sip', 'username')) ?? '',
    hideName: false,
    hideNumber: false,
  }
}

function confirming({ call, clock }: Ringing): NonNullable<Branch['screen']> {
  const { account, variables } = call
  const prompt = {
    kind: 'prompt',
    accountId: account.id,
    name: 'ivr-group_confirm',
    language: variables.language,
  } as const
  return confirmsByKey({ key: '1', prompt: [prompt], timeoutMs: confirmMs, clock })
}
