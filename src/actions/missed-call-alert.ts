import { Type } from 'typebox'
import { aborted, asFailure, never } from '../base/index.ts'
import type { Call } from '../call/index.ts'
import { child, defineAction, type Action, type ActionContext, type Documents } from '../callflow/index.ts'
import { addressesOf, notify, recipientsKey, type Notices, type Recipient } from './notices.ts'

export interface NoticePorts {
  readonly documents: Documents
  readonly notices: Notices
}

/** A caller who hangs up after a message has left it as soon as that is kept. */
const keepingMs = 1_000

export const missedCallAlert = (ports: NoticePorts): Action => {
  /** Who is told of calls that are still on: a node that runs again adds nobody twice. */
  const watched = new WeakMap<Call, Recipient[]>()
  return defineAction({
    module: 'missed_call_alert',
    summary: 'Tells people when this call from outside has reached nobody and no voicemail when it is over.',
    source: 'KAZOO cf_missed_call_alert.erl; schema callflows.missed_call_alert',
    data: Type.Object({ recipients: recipientsKey({}) }),
    children: {},
    example: {
      module: 'missed_call_alert',
      data: { recipients: [{ type: 'user', id: 'ann' }] },
      children: { _: { module: 'user', data: { id: 'ann' } } },
    },
    async run({ recipients }, context) {
      const { call } = context
      if (!isFromOutside(call)) return child()
      const known = watched.get(call)
      if (known === undefined) {
        const all = [...recipients]
        watched.set(call, all)
        void watch(all, context, ports)
      } else known.push(...recipients)
      return child()
    },
  })
}

const isFromOutside = ({ caller: { authorizingType } }: Call): boolean =>
  authorizingType === undefined || authorizingType === 'resource' || authorizingType === 'sys_info'

/** Waits for the end of the call, whoever ends it, and tells. Never rejects. */
async function watch(
  recipients: readonly Recipient[],
  { call, clock, log }: ActionContext,
  ports: NoticePorts,
): Promise<void> {
  await aborted(call.leg.ended)
  await clock.sleep(keepingMs, never)
  if (call.bridgedAt !== undefined || call.variables.hasLeftMessage) return
  try {
    const to = await addressesOf(recipients, call, ports.documents)
    await notify({ type: 'missed_call', to, more: { notify: recipients } }, call, ports.notices)
  } catch (error) {
    log.error('missed-call-alert.not-told', { error: asFailure(error) })
  }
}
