import { flagOf, textOf, textsOf, type Clock } from '../base/index.ts'
import { GatewayHealth } from '../trunks/index.ts'
import type { CallerIdKind } from './caller-id.ts'

/** What calls to numbers outside need of the house. */
export interface Outside {
  /** The account whose resources are for all accounts. */
  readonly operatorId: string
  /** Whether calls may go to a host that an account names. */
  readonly mayDial: (host: string) => Promise<boolean>
  readonly health: GatewayHealth
}

export const openOutside = ({ clock, ...outside }: Omit<Outside, 'health'> & { readonly clock: Clock }): Outside => ({
  ...outside,
  health: new GatewayHealth(clock),
})

/** How somebody outside is to be reached, as a node `resources` or `offnet` says. */
export interface WayOut {
  /** An account's own resources; undefined = the operator's. */
  readonly accountId: string | undefined
  /** The number, when it is not the one that was dialled. */
  readonly number: string | undefined
  /** It is dialled as it came. */
  readonly asDialled: boolean
  readonly callerIdKind: CallerIdKind | undefined
  /** What the resources must have. */
  readonly flags: readonly string[]
  /** Names of fields of the call whose values they must have. */
  readonly dynamicFlags: readonly string[]
  readonly formatsFromUri: boolean | undefined
  readonly fromUriRealm: string | undefined
  readonly tellsAccount: boolean
}

/** Reads the data of a node `resources` or `offnet`. @param accountId of the call */
export function wayOutOf(module: string, data: Readonly<Record<string, unknown>>, accountId: string): WayOut {
  const isLocal = module === 'resources' && flagOf(data['use_local_resources']) !== false
  return {
    accountId: isLocal ? (textOf(data['hunt_account_id']) ?? accountId) : undefined,
    number: textOf(data['to_did']),
    asDialled: flagOf(data['do_not_normalize']) === true || flagOf(data['bypass_e164']) === true,
    callerIdKind: kindOf(data['caller_id_type']),
    flags: textsOf(data['outbound_flags']),
    dynamicFlags: textsOf(data['dynamic_flags']),
    formatsFromUri: flagOf(data['format_from_uri']),
    fromUriRealm: textOf(data['from_uri_realm']),
    tellsAccount: flagOf(data['emit_account_id']) === true,
  }
}

const kindOf = (value: unknown): CallerIdKind | undefined =>
  value === 'internal' || value === 'external' || value === 'emergency' ? value : undefined
