import { fieldsOf, isFailure, safeRegex, textOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'

const mostRules = 200

/**
 * What a number becomes by the `dial_plan` of whoever calls: the first expression that matches takes what it captures
 * out of it and puts prefix and suffix around it. The user's rules come before the device's, and these before the
 * account's. Undefined when none matches.
 *
 * @source KAZOO knm_converters.erl, apply_dialplan; schema dialplans
 */
export function byDialPlan(dialled: string, documents: readonly (Document | undefined)[]): string | undefined {
  for (const document of documents) {
    for (const [pattern, value] of Object.entries(fieldsOf(document?.['dial_plan'])).slice(0, mostRules)) {
      const { prefix, suffix } = fieldsOf(value)
      const taken = pattern === 'system' ? undefined : captured(pattern, dialled)
      if (taken !== undefined) return `${textOf(prefix) ?? ''}${taken}${textOf(suffix) ?? ''}`
    }
  }
  return undefined
}

/** What nobody can run matches nothing. */
function captured(pattern: string, text: string): string | undefined {
  try {
    const match = safeRegex(pattern).exec(text)
    return match === undefined ? undefined : (match.groups[0] ?? match.text)
  } catch (error) {
    if (!isFailure(error, 'NUMBER_PATTERN_INVALID')) throw error
    return undefined
  }
}
