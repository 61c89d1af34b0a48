import { isFailure, safeRegex } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import { branch, type FoundFlow, type Next } from '../callflow/index.ts'

/** On to the callflow found for a number, with what its pattern captured; then to the wildcard of this node. */
export function branchTo(found: FoundFlow, { variables }: Call): Next {
  variables.captureGroup = found.captureGroup
  variables.captureGroups = found.captureGroups
  variables.isNoMatch = found.isNoMatch
  return branch(found.flow)
}

/**
 * Whether a caller may dial `number` from a menu or by `branch_bnumber`. Empty patterns restrict nothing; one that is no
 * regular expression allows nothing and denies nothing.
 *
 * @source KAZOO cf_menu.erl and cf_branch_bnumber.erl: is_hunt_allowed, is_hunt_denied
 */
export const mayHunt = (number: string, { allow, deny }: { readonly allow: string; readonly deny: string }): boolean =>
  (allow === '' || matches(allow, number)) && (deny === '' || !matches(deny, number))

function matches(pattern: string, number: string): boolean {
  try {
    return safeRegex(pattern).test(number)
  } catch (error) {
    if (isFailure(error, 'NUMBER_PATTERN_INVALID')) return false
    throw error
  }
}
