import { Type } from 'typebox'
import { aborted, asFailure } from '../base/index.ts'
import { child, defineAction, type Action, type ActionContext } from '../callflow/index.ts'
import type { NoticePorts } from './missed-call-alert.ts'
import { addressesOf, notify, recipientsKey, type Recipient } from './notices.ts'

export const notification = (ports: NoticePorts): Action =>
  defineAction({
    module: 'notification',
    summary: 'Tells people of the call, now or when it is over.',
    source: 'KAZOO cf_notification.erl; schema callflows.notification',
    data: Type.Object({
      recipients: recipientsKey({ default: [] }),
      template_id: Type.Optional(
        Type.String({ maxLength: 128, description: 'Which text; without one nothing is told' }),
      ),
      send_at: Type.Enum(['channel_destroy', 'callflow_exec'], {
        default: 'channel_destroy',
        description: 'When the call is over, or when the callflow comes here',
      }),
      comments: Type.Optional(Type.String({ maxLength: 2_048, description: 'Told along' })),
      notification_media: Type.Array(Type.Enum(['email', 'sms']), { default: ['email'], description: 'How' }),
    }),
    children: {},
    example: {
      module: 'notification',
      data: { template_id: 'late-caller', send_at: 'callflow_exec', recipients: [{ type: 'user', id: 'ann' }] },
      children: { _: { module: 'tts', data: { text: 'We have told Ann.' } } },
    },
    async run(data, context) {
      const { template_id, send_at } = data
      if (template_id === undefined || template_id === '') return child()
      const telling = tell({ ...data, template_id }, context, ports)
      if (send_at === 'callflow_exec') await telling
      return child()
    },
  })

interface Told {
  readonly recipients: readonly Recipient[]
  readonly template_id: string
  readonly send_at: string
  readonly comments?: string
  readonly notification_media: readonly string[]
}

/** Never rejects. */
async function tell(data: Told, { call, log }: ActionContext, ports: NoticePorts): Promise<void> {
  const { recipients, template_id, send_at, comments, notification_media } = data
  if (send_at === 'channel_destroy') await aborted(call.leg.ended)
  try {
    const to = await addressesOf(recipients, call, ports.documents)
    const more = { template_id, comments, notification_media, send_at }
    await notify({ type: 'notification', to, more }, call, ports.notices)
  } catch (error) {
    log.error('notification.not-told', { error: asFailure(error) })
  }
}
