import { bodyOf, infoDigitOf, mediaType } from './body.ts'
import { accepted, unsupportedType } from './check-request.ts'
import type { Dialog } from './dialog.ts'
import type { IncomingRequest } from './incoming.ts'
import { readReferTo } from './refer-to.ts'
import type { Replaces } from './replaces.ts'
import type { Header } from './serialize.ts'
import {
  agreeAsServer,
  agreementHeaders,
  isIntervalTooSmall,
  minSeSeconds,
  type SessionInterval,
} from './session-timer.ts'
import type { Referral, SessionEnd, SessionListener } from './session.ts'
import type { Transaction } from './transaction.ts'

/** What a request within a dialog is answered, and what is done after that. */
export interface Answer {
  readonly status: number
  readonly headers?: readonly Header[]
  readonly body?: string | undefined
  readonly then?: () => void
}

/** A call, as requests of the far end find it. */
export interface Subject {
  readonly dialog: Dialog
  /** The INVITE that made the dialog has no final answer yet. */
  readonly isUnanswered: boolean
  readonly isOver: boolean
  /** Sent with whatever refreshes. */
  readonly headers: readonly Header[]
  readonly listener: SessionListener | undefined
  /** May they offer now? @returns why not */
  offerRefusal(): Answer | undefined
  /** Is there room for another 2xx without an ACK? */
  readonly mayAccept: boolean
  /** Answers an INVITE of theirs with 200. */
  accept(request: IncomingRequest, transaction: Transaction, sdp: string, awaitsAnswer: boolean): void
  /** An UPDATE of theirs is answered. */
  updated(theirs: string | undefined, ours: string | undefined, interval: SessionInterval | undefined): void
  onPrack(request: IncomingRequest): Answer
  /** A transfer that they have asked for is not over yet. */
  readonly isTransferring: boolean
  /** The call of ours that is named so. */
  callOf(replaces: Replaces): Subject | undefined
  /** They want to be replaced. */
  onRefer(referral: Referral, sequence: number, isSilent: boolean): void
  onNotify(request: IncomingRequest): Answer
  onBye(end: SessionEnd): void
}

/**
 * Answers what the far end asks for within a dialog: re-INVITE (RFC 3261 section 14), UPDATE (RFC 3311), INFO, BYE.
 * @returns undefined when it has been answered already
 */
export function answerTo(request: IncomingRequest, transaction: Transaction, subject: Subject): Answer | undefined {
  const { method, message } = request
  if (!subject.dialog.isInOrder(message.cseq?.number ?? 0)) return tryLater
  if (method === 'BYE') {
    const reason = message.first('reason')
    return { status: 200, then: () => subject.onBye({ how: 'bye', by: 'far', reason }) }
  }
  if (subject.isOver) return { status: 481 }
  switch (method) {
    case 'INVITE':
      return answerReinvite(request, transaction, subject)
    case 'UPDATE':
      return answerUpdate(request, subject)
    case 'PRACK':
      return subject.onPrack(request)
    case 'REFER':
      return answerRefer(request, subject)
    case 'NOTIFY':
      return subject.onNotify(request)
    case 'INFO':
      return answerInfo(request, subject)
    default:
      return { status: 200, headers: [['Accept', accepted]] }
  }
}

/** RFC 3261 section 14.2. */
function answerReinvite(request: IncomingRequest, transaction: Transaction, subject: Subject): Answer | undefined {
  if (subject.isUnanswered) return tryLater
  const refusal = subject.offerRefusal() ?? (subject.mayAccept ? intervalRefusal(request) : pending)
  if (refusal !== undefined) return refusal
  const body = bodyOf(request.message)
  if (body.is === 'unknown') return unsupportedType
  const { dialog, listener } = subject
  const sdp = body.is === 'sdp' ? listener?.remoteOffer(body.sdp) : listener?.offerWanted()
  if (sdp === undefined) return { status: 488 }
  dialog.refreshTarget(request.message)
  subject.accept(request, transaction, sdp, body.is === 'none')
  return undefined
}

/** RFC 3311 section 5.2. */
function answerUpdate(request: IncomingRequest, subject: Subject): Answer {
  const body = bodyOf(request.message)
  if (body.is === 'unknown') return unsupportedType
  const refusal = intervalRefusal(request) ?? (body.is === 'sdp' ? subject.offerRefusal() : undefined)
  if (refusal !== undefined) return refusal
  const theirs = body.is === 'sdp' ? body.sdp : undefined
  const ours = theirs === undefined ? undefined : subject.listener?.remoteOffer(theirs)
  if (theirs !== undefined && ours === undefined) return { status: 488 }
  const interval = agreeAsServer(request.message)
  subject.dialog.refreshTarget(request.message)
  subject.updated(theirs, ours, interval)
  return { status: 200, headers: [...subject.headers, ...agreementHeaders(interval)], body: ours }
}

/** RFC 3515 section 2.4.2. */
function answerRefer({ message }: IncomingRequest, subject: Subject): Answer {
  if (subject.isUnanswered || subject.isTransferring) return pending
  const asked = readReferTo(message)
  if (typeof asked === 'number') return { status: asked }
  const { isSilent, referredBy, replaces, to } = asked
  const other = replaces === undefined ? undefined : subject.callOf(replaces)
  const isThere = other !== undefined && other !== subject && (replaces?.isEarlyOnly !== true || other.isUnanswered)
  if (replaces !== undefined && !isThere) return { status: 603 }
  const quiet: readonly Header[] = isSilent ? [['Refer-Sub', 'false']] : []
  return {
    status: 202,
    headers: [...subject.headers, ...quiet],
    then: () => subject.onRefer({ to, replaces: replaces?.callId, referredBy }, message.cseq?.number ?? 0, isSilent),
  }
}

/** RFC 6086; the two bodies that carry digits. */
function answerInfo({ message }: IncomingRequest, { listener }: Subject): Answer {
  const type = mediaType(message.first('content-type'))
  const isDigit = type === 'application/dtmf-relay' || type === 'application/dtmf'
  if (message.body !== '' && !isDigit) return { status: 415, headers: [['Accept', digitTypes]] }
  const digit = isDigit ? infoDigitOf(type, message.body) : undefined
  if (digit === undefined) return { status: 200 }
  return { status: 200, then: () => listener?.digit(digit.digit, digit.durationMs) }
}

/** RFC 4028 section 9. */
function intervalRefusal(request: IncomingRequest): Answer | undefined {
  return isIntervalTooSmall(request.message) ? { status: 422, headers: [['Min-SE', String(minSeSeconds)]] } : undefined
}

export const tryLater: Answer = { status: 500, headers: [['Retry-After', '1']] }
export const pending: Answer = { status: 491 }
const digitTypes = 'application/dtmf-relay, application/dtmf'
