import type { Refusal } from './check-request.ts'
import type { SipMessage } from './message.ts'
import { parseParams, trimmed } from './params.ts'
import type { DialogId } from './session.ts'

/** The dialog that a call is to take the place of, as whoever says it sees it (RFC 3891). */
export interface Replaces {
  readonly callId: string
  /** Of whoever reads it. */
  readonly toTag: string
  readonly fromTag: string
  /** Only while it is not answered. */
  readonly isEarlyOnly: boolean
}

/** What a call is like whose place another one is to take. */
export interface Replaceable {
  readonly isOurs: boolean
  readonly isOver: boolean
  readonly isUnanswered: boolean
}

/** Reads a Replaces header. @returns undefined when it is none */
export function parseReplaces(value: string): Replaces | undefined {
  const semicolon = value.indexOf(';')
  if (semicolon === -1) return undefined
  const callId = trimmed(value, 0, semicolon)
  const params = parseParams(value.slice(semicolon))
  const toTag = params?.get('to-tag') ?? ''
  const fromTag = params?.get('from-tag') ?? ''
  if (callId === '' || toTag === '' || fromTag === '' || /[ \t,]/.test(callId)) return undefined
  return { callId, toTag, fromTag, isEarlyOnly: params?.has('early-only') === true }
}

/** The same for the far end of a dialog of ours. */
export const replacesText = ({ callId, localTag, remoteTag }: DialogId): string =>
  `${callId};to-tag=${remoteTag};from-tag=${localTag}`

/**
 * May an INVITE take the place of the call that it names (RFC 3891 section 3)?
 * @returns why not; undefined also when it names none
 */
export function replacementRefusal(
  invite: SipMessage,
  callOf: (replaces: Replaces) => Replaceable | undefined,
): Refusal | undefined {
  const [value, second] = invite.all('replaces')
  if (value === undefined) return undefined
  const replaces = second === undefined ? parseReplaces(value) : undefined
  if (replaces === undefined) return { status: 400, reason: 'Bad Replaces' }
  const call = callOf(replaces)
  if (call === undefined) return { status: 481 }
  if (call.isOver) return { status: 603 }
  // A call that rings with us is not to be picked up this way; one that we let ring is.
  if (call.isUnanswered) return call.isOurs ? undefined : { status: 481 }
  return replaces.isEarlyOnly ? { status: 486 } : undefined
}
