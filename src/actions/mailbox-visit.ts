import { notedCallflows, type ActionContext, type Callflows, type Next } from '../callflow/index.ts'
import { branchTo } from './hunt.ts'
import type { Mailbox, MailboxKeys } from './mailbox.ts'
import type { MessagePorts } from './messages.ts'

export interface VoicemailPorts extends MessagePorts {
  readonly callflows: Callflows
}

/** Somebody at a mailbox. */
export interface MailboxVisit {
  readonly context: ActionContext
  readonly ports: VoicemailPorts
  readonly keys: MailboxKeys
  /** Of a message; 0 = as the mailbox says. */
  readonly mostMs: number
  /** Between digits, when the mailbox does not say. */
  readonly interDigitMs: number
}

/** On to the callflow of whoever takes the calls that nobody else does; undefined when there is none. */
export async function operatorOf(
  { operatorNumber }: Mailbox,
  { context: { call }, ports, keys }: MailboxVisit,
): Promise<Next | undefined> {
  const number = operatorNumber ?? keys.operator
  const found = await notedCallflows(ports.callflows, call).find(call.account.id, number)
  return found === undefined || found.isNoMatch ? undefined : branchTo(found, call)
}
