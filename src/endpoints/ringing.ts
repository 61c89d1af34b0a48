import type { Clock, Log } from '../base/index.ts'
import type { Branch, Call, Exchange } from '../call/index.ts'
import {
  notedCallflows,
  notedDocuments,
  type ActionContext,
  type Callflows,
  type Document,
  type Documents,
} from '../callflow/index.ts'
import type { CallerIdentity } from './caller-id.ts'
import { callingPhone, type Phone } from './phone.ts'
import type { Outside } from './way-out.ts'

/** How endpoints are to be rung, as a node of a callflow says. */
export interface Manner {
  /** Pause before they ring. */
  readonly delayMs: number
  /** How long each rings. */
  readonly timeoutMs: number
  /** Also phones of whoever calls. */
  readonly canCallSelf: boolean
  /** They ring as members of a group: whoever forwards direct calls only does not forward this one. */
  readonly asMembers: boolean
  /** The user that the INVITE asks for, whatever the device says. */
  readonly staticInvite?: string | undefined
  /** They are not shown who calls. */
  readonly suppressesCallerId?: boolean
  /** `{caller_id_number}` and the like stand for fields of the call. */
  readonly customHeaders?: Readonly<Record<string, unknown>>
  /** `Alert-Info` for calls from within the account and from outside; the device's own without. */
  readonly ringtones?: { readonly internal?: string; readonly external?: string }
  /** As whom they are called, when it is not the caller. */
  readonly callerId?: CallerIdentity
  /** The same for numbers outside. */
  readonly outsideCallerId?: CallerIdentity
  /** Who must be allowed to call numbers outside, when it is not the caller: user, device and account. */
  readonly restrictedBy?: readonly (Document | undefined)[]
  /** The caller does not hear what they play before they answer. */
  readonly ignoresEarlyMedia?: boolean
  /** A phone that sends the call elsewhere has refused it (KAZOO's `ignore_forward`). */
  readonly ignoresRedirects?: boolean
  /** Phones that can answer by themselves do. */
  readonly answersItself?: boolean
  /** Whoever answers is asked first. */
  readonly screen?: Branch['screen']
}

/** One attempt to reach somebody: for whom, and what it has found so far. */
export interface Ringing {
  readonly call: Call
  readonly clock: Clock
  readonly log: Log
  /** As the call reads them. */
  readonly documents: Documents
  readonly callflows: Callflows
  readonly exchange: Pick<Exchange, 'calls'>
  readonly outside: Outside
  readonly account: Document | undefined
  /** The phone that calls; undefined for calls from outside. */
  readonly caller: Phone | undefined
  /** Numbers that were forwarded to already: nobody is called twice, and no forward goes in circles. */
  readonly forwardedTo: Set<string>
}

export interface RingingPorts {
  readonly documents: Documents
  readonly callflows: Callflows
  readonly outside: Outside
  /** The legs that live now: whose phones are in use. */
  readonly exchange: Pick<Exchange, 'calls'>
}

/** Begins an attempt. @param ports as they are: reads are noted on the call here */
export async function beginRinging(
  { call, clock, log }: Pick<ActionContext, 'call' | 'clock' | 'log'>,
  ports: RingingPorts,
): Promise<Ringing> {
  const documents = notedDocuments(ports.documents, call)
  const callflows = notedCallflows(ports.callflows, call)
  const [caller, account] = await Promise.all([
    callingPhone(call, documents),
    documents.get(call.account.id, 'accounts', call.account.id),
  ])
  const { outside, exchange } = ports
  const forwardedTo = new Set([call.number])
  return { call, clock, log, documents, callflows, outside, exchange, account, caller, forwardedTo }
}
