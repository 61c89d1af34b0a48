import {
  fieldsOf,
  flagOf,
  integerOf,
  isFailure,
  listOf,
  safeRegex,
  textOf,
  textsOf,
  type Failure,
  type SafeRegex,
} from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { callerIdTypeOf, readGateway, type Gateway } from './gateway.ts'

/** A way to numbers outside: what a document of `resources` says. */
export interface Trunk {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly gateways: readonly Gateway[]
  readonly rules: readonly SafeRegex[]
  /** Whom it carries calls of; empty = everybody's. */
  readonly callerRules: readonly SafeRegex[]
  /** The lowest is tried first. */
  readonly cost: number
  readonly flags: readonly string[]
  /** It carries no call that asks for no flags. */
  readonly requiresFlags: boolean
  readonly isForEmergencies: boolean
  /** How long it is tried last after it has failed. */
  readonly graceMs: number
  readonly callerIdType: Gateway['callerIdType']
  readonly formatsFromUri: boolean
  readonly fromUriRealm: string | undefined
}

const usualCost = 50
const usualGraceSeconds = 5
const mostRules = 1_000

/** Rules are compiled once for each version of a document. */
const read = new WeakMap<Document, Trunk | undefined>()

/**
 * The trunk that a document describes; undefined for one that is switched off.
 *
 * @param invalid is told of each rule that is left out
 * @source KAZOO schema resources; stepswitch kz_resources.erl, resource_from_jobj
 */
export function readTrunk(
  accountId: string,
  document: Document,
  invalid: (failure: Failure<'NUMBER_PATTERN_INVALID'>) => void = () => undefined,
): Trunk | undefined {
  if (!read.has(document)) read.set(document, trunkOf(accountId, document, invalid))
  return read.get(document)
}

function trunkOf(
  accountId: string,
  document: Document,
  invalid: (failure: Failure<'NUMBER_PATTERN_INVALID'>) => void,
): Trunk | undefined {
  if (flagOf(document['enabled']) === false) return undefined
  const { id } = document
  const rulesAt = (key: string): readonly SafeRegex[] =>
    textsOf(document[key])
      .slice(0, mostRules)
      .flatMap((pattern) => compiled(pattern, invalid))
  const callerId = fieldsOf(document['caller_id_options'])
  return {
    id,
    accountId,
    name: textOf(document['name']) ?? id,
    gateways: listOf(document['gateways']).flatMap(
      (value, index) => readGateway(value, `${accountId}/${id}/${index}`) ?? [],
    ),
    rules: rulesAt('rules'),
    callerRules: rulesAt('cid_rules'),
    cost: integerOf(document['weight_cost']) ?? usualCost,
    flags: textsOf(document['flags']),
    requiresFlags: flagOf(document['require_flags']) === true,
    isForEmergencies: flagOf(document['emergency']) === true,
    graceMs: (integerOf(document['grace_period']) ?? usualGraceSeconds) * 1_000,
    callerIdType: callerIdTypeOf(callerId['type']),
    formatsFromUri: flagOf(document['format_from_uri']) === true,
    fromUriRealm: textOf(document['from_uri_realm']),
  }
}

function compiled(
  pattern: string,
  invalid: (failure: Failure<'NUMBER_PATTERN_INVALID'>) => void,
): readonly SafeRegex[] {
  try {
    return [safeRegex(pattern)]
  } catch (error) {
    if (!isFailure(error, 'NUMBER_PATTERN_INVALID')) throw error
    invalid(error)
    return []
  }
}

/**
 * What a trunk is asked for to reach `number`: what the first rule that matches has captured. Undefined when none does.
 *
 * @source KAZOO stepswitch kz_resources.erl, evaluate_rules
 */
function dialledOver({ rules }: Trunk, number: string): string | undefined {
  for (const rule of rules) {
    const match = rule.exec(number)
    if (match !== undefined) return match.groups[0] ?? match.text
  }
  return undefined
}

/** What somebody wants of a trunk. */
export interface Wanted {
  readonly number: string
  readonly callerNumber: string
  readonly flags: readonly string[]
}

/** A gateway that a call may take, and what it is asked for. */
export interface Way {
  readonly trunk: Trunk
  readonly gateway: Gateway
  readonly number: string
}

/**
 * The ways to a number, the cheapest first.
 *
 * @source KAZOO stepswitch kz_resources.erl, filter_resources and sort by weight_cost
 */
export function waysTo({ number, callerNumber, flags }: Wanted, trunks: readonly Trunk[]): readonly Way[] {
  return trunks
    .filter((trunk) => hasAll(trunk, flags) && isForCaller(trunk, callerNumber))
    .toSorted((one, other) => one.cost - other.cost)
    .flatMap((trunk): readonly Way[] => {
      const dialled = dialledOver(trunk, number)
      return dialled === undefined ? [] : trunk.gateways.map((gateway) => ({ trunk, gateway, number: dialled }))
    })
}

const hasAll = ({ flags, requiresFlags }: Trunk, wanted: readonly string[]): boolean =>
  wanted.length === 0 ? !requiresFlags : wanted.every((flag) => flags.includes(flag))

const isForCaller = ({ callerRules }: Trunk, number: string): boolean =>
  callerRules.length === 0 || callerRules.some((rule) => rule.test(number))
