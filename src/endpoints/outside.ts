import { fieldsOf, textOf, textsOf } from '../base/index.ts'
import { isOfTheWay, type Branch, type CallEvent, type CallerId } from '../call/index.ts'
import type { Document } from '../callflow/index.ts'
import { normalizeNumber } from '../number/index.ts'
import { hostsOf, readTrunk, uriAt, waysTo, type GatewayHealth, type Trunk, type Way } from '../trunks/index.ts'
import { callerIdentity, type CallerIdentity, type CallerIdKind } from './caller-id.ts'
import { byDialPlan } from './dial-plan.ts'
import { headersWith } from './headers.ts'
import { nested } from './phone.ts'
import { deniedClass, restrictionsOf } from './restriction.ts'
import type { Manner, Ringing } from './ringing.ts'
import type { WayOut } from './way-out.ts'

/** What came of the search for a way out. */
export type FoundWayOut =
  | { readonly is: 'found'; readonly branch: Branch }
  /** No resource reaches the number. */
  | { readonly is: 'none' }
  /** The caller may not call numbers of this class. */
  | { readonly is: 'denied'; readonly class: string }

/** More gateways are not tried for one call. */
const mostWays = 20

/**
 * The way to a number outside: a gateway, and after it those to be tried when it is out of order.
 *
 * @param dialled as it came
 * @source KAZOO cf_resources.erl; stepswitch kz_resources.erl
 */
export async function findWayOut(
  dialled: string,
  wanted: WayOut,
  manner: Manner,
  ringing: Ringing,
): Promise<FoundWayOut> {
  const { call, log, outside, account } = ringing
  const whose = manner.restrictedBy ?? restrictionsOf(ringing.caller, account)
  const number = numberOf(dialled, wanted, whose, call.account.country)
  const denied = deniedClass(normalizeNumber(number, call.account.country), call.account.country, whose)
  if (denied !== undefined) {
    log.info('endpoints.call-restricted', { class: denied, pii: { number } })
    return { is: 'denied', class: denied }
  }
  const identity = outsideIdentity(wanted.callerIdKind ?? 'external', manner, ringing)
  const trunks = await trunksFor(wanted, ringing)
  const flags = [...wanted.flags, ...flagsOf(whose), ...dynamicFlags(wanted, ringing)]
  const ways = outside.health.inOrder(waysTo({ number, callerNumber: identity.number, flags }, trunks))
  const branches = ways.slice(0, mostWays).map((way) => branchOf(way, number, wanted, manner, ringing))
  const branch = branches.reduceRight<Branch | undefined>(
    (next, one) => (next === undefined ? one : { ...one, next }),
    undefined,
  )
  if (branch !== undefined) return { is: 'found', branch }
  log.info('endpoints.no-trunk', { accountId: wanted.accountId, trunks: trunks.length, pii: { number } })
  return { is: 'none' }
}

/** @source KAZOO cf_resources.erl, get_to_did */
function numberOf(
  dialled: string,
  { number, asDialled }: WayOut,
  whose: readonly (Document | undefined)[],
  country: string,
): string {
  if (number !== undefined) return number
  return asDialled ? dialled : normalizeNumber(byDialPlan(dialled, whose) ?? dialled, country)
}

/**
 * The resources of an account, those of the operator, or none: nobody uses those of another account. The operator may
 * send calls anywhere, everybody else where `PIVOT_EGRESS` lets requests go.
 */
async function trunksFor({ accountId }: WayOut, { call, documents, outside, log }: Ringing): Promise<readonly Trunk[]> {
  const owner = accountId ?? outside.operatorId
  if (owner !== call.account.id && owner !== outside.operatorId) {
    log.warn('endpoints.trunks-left-out', { accountId: owner, why: 'they are of another account' })
    return []
  }
  const trunks = (await documents.list(owner, 'resources')).flatMap(
    (document) =>
      readTrunk(owner, document, (failure) =>
        log.warn('endpoints.rule-left-out', { id: document.id, error: failure }),
      ) ?? [],
  )
  return owner === outside.operatorId ? trunks : Promise.all(trunks.map((trunk) => withAllowedGateways(trunk)))

  async function withAllowedGateways(trunk: Trunk): Promise<Trunk> {
    const allowed = await Promise.all(
      trunk.gateways.map(async (gateway) => {
        const isAllowed = (await Promise.all(hostsOf(gateway).map((host) => outside.mayDial(host)))).every(Boolean)
        if (!isAllowed) log.warn('endpoints.gateway-left-out', { id: trunk.id, host: gateway.server, why: 'egress' })
        return isAllowed ? [gateway] : []
      }),
    )
    return { ...trunk, gateways: allowed.flat() }
  }
}

/** Flags that calls of somebody always ask for: a list, or lists `static` and `dynamic`. */
const flagsOf = (whose: readonly (Document | undefined)[]): readonly string[] =>
  whose.flatMap((document) => [
    ...textsOf(document?.['outbound_flags']),
    ...textsOf(nested(document, 'outbound_flags', 'static')),
  ])

/** @source KAZOO kz_attributes / cf_resources.erl, get_dynamic_flags: names that mean nothing are left out */
function dynamicFlags({ dynamicFlags: names }: WayOut, { call }: Ringing): readonly string[] {
  const { leg, account, variables } = call
  const known: Readonly<Record<string, string | undefined>> = {
    from_user: leg.from.user,
    from_realm: leg.from.realm,
    to_user: leg.to.user,
    to_realm: leg.to.realm,
    request_user: leg.request.user,
    request_realm: leg.request.realm,
    account_id: account.id,
    account_realm: account.realm,
    owner_id: variables.ownerId,
  }
  return names.flatMap((name) => {
    const variable = /^custom_channel_vars\.(.+)$/.exec(name)?.[1]
    const value = variable === undefined ? known[name] : variables.channel.get(variable.toLowerCase())
    return value === undefined || value === '' ? [] : [value]
  })
}

function outsideIdentity(kind: CallerIdKind, { outsideCallerId }: Manner, { call, caller }: Ringing): CallerIdentity {
  return outsideCallerId ?? callerIdentity(call, caller, kind)
}

function branchOf(way: Way, dialled: string, wanted: WayOut, manner: Manner, ringing: Ringing): Branch {
  const { trunk, gateway } = way
  const { call } = ringing
  const kind = trunk.isForEmergencies
    ? 'emergency'
    : (wanted.callerIdKind ?? gateway.callerIdType ?? trunk.callerIdType ?? 'external')
  // Whoever comes to help must know who has called (KAZOO stepswitch_bridge.erl, contains_emergency_endpoints).
  const identity = trunk.isForEmergencies
    ? { ...callerIdentity(call, ringing.caller, kind), hideName: false, hideNumber: false }
    : outsideIdentity(kind, manner, ringing)
  return {
    target: {
      kind: 'sip',
      uri: uriAt(gateway, way.number, call.account.country),
      isTrunk: true,
      ...(gateway.proxy === undefined ? {} : { proxy: gateway.proxy }),
      ...(gateway.credentials === undefined ? {} : { credentials: gateway.credentials }),
    },
    callerId: callerIdOf(identity, fromRealm(way, wanted, ringing), ringing),
    headers: headersWith(
      {
        ...gateway.headers,
        ...manner.customHeaders,
        ...(wanted.tellsAccount ? { 'X-Account-ID': call.account.id } : {}),
      },
      ringing,
      identity,
    ),
    ...(gateway.codecs.length === 0 ? {} : { codecs: gateway.codecs }),
    callee: {
      number: dialled,
      endpoint: { authorizingId: trunk.id, authorizingType: 'resource', ownerIds: [] },
    },
    delayMs: manner.delayMs,
    timeoutMs: manner.timeoutMs,
    progressMs: gateway.progressMs,
    ignoreEarlyMedia: manner.ignoresEarlyMedia === true,
    ...(manner.screen === undefined ? {} : { screen: manner.screen }),
    observe: watching(way, ringing.outside.health),
  }
}

/** Our side of the address that calls appear to come from. Empty = our own address. */
function fromRealm({ trunk, gateway }: Way, wanted: WayOut, { call }: Ringing): string {
  const isFormatted = wanted.formatsFromUri ?? gateway.formatsFromUri ?? trunk.formatsFromUri
  if (!isFormatted) return gateway.realm ?? ''
  return wanted.fromUriRealm ?? gateway.fromUriRealm ?? trunk.fromUriRealm ?? call.account.realm
}

/** What is hidden is only told to the trunk itself. */
function callerIdOf(identity: CallerIdentity, realm: string, { caller, account }: Ringing): CallerId {
  const said = [caller?.owner, caller?.device, account]
    .map((document) => fieldsOf(nested(document, 'caller_id', 'asserted')))
    .find((one) => textOf(one['number']) !== undefined)
  return {
    name: identity.hideName ? '' : identity.name,
    number: identity.number,
    realm,
    isPrivate: identity.hideNumber,
    ...(said === undefined
      ? {}
      : {
          asserted: {
            name: textOf(said['name']) ?? '',
            number: textOf(said['number']) ?? '',
            realm: textOf(said['realm']) ?? realm,
          },
        }),
  }
}

/** Remembers how a gateway did. */
function watching(way: Way, health: GatewayHealth): (event: CallEvent) => void {
  let wasAlerted = false
  return (event) => {
    if (event.type === 'leg.ringing' || event.type === 'leg.early' || event.type === 'leg.answered') {
      wasAlerted = true
      health.isWell(way)
    }
    if (event.type !== 'leg.ended' || wasAlerted) return
    // Who was called off, by the caller or because somebody else was faster, has not failed.
    const isCalledOff = event.cause === 'ORIGINATOR_CANCEL' || event.cause === 'LOSE_RACE'
    if (!isCalledOff && isOfTheWay(event)) health.hasFailed(way)
  }
}
