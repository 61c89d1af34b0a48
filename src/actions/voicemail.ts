import { Type } from 'typebox'
import { defineAction, notedDocuments, type Action } from '../callflow/index.ts'
import { checkMessages } from './check-messages.ts'
import { composeMessage } from './compose-message.ts'
import type { VoicemailPorts } from './mailbox-visit.ts'
import { findMailbox, mailboxKeys } from './mailbox.ts'

export const voicemail = (ports: VoicemailPorts): Action =>
  defineAction({
    module: 'voicemail',
    summary: 'Answers and takes a message, or lets the owner of a mailbox listen to those that were left.',
    source: 'KAZOO cf_voicemail.erl; schemas callflows.voicemail, vmboxes',
    data: Type.Object({
      id: Type.Optional(
        Type.String({
          maxLength: 128,
          description: 'The mailbox; without, the one whose number the callflow captured, else one of the caller',
        }),
      ),
      action: Type.Enum(['compose', 'check'], { default: 'compose', description: 'Leave a message, or listen' }),
      max_message_length: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 10_800,
          description: 'Seconds of a message; what the mailbox says without, else 500',
        }),
      ),
      interdigit_timeout: Type.Integer({
        default: 2000,
        minimum: 1,
        maximum: 60_000,
        description: 'Milliseconds to wait for each digit after the first; what the mailbox says wins',
      }),
      single_mailbox_login: Type.Boolean({
        default: false,
        description: 'Without `id`: the only mailbox of the owner of the calling phone',
      }),
      callerid_match_login: Type.Boolean({
        default: false,
        description: 'Without `id`: the mailbox of the owner whose number is the caller’s',
      }),
    }),
    children: { _: 'The message is left, nothing could be left, or the owner has left the mailbox' },
    example: {
      module: 'voicemail',
      data: { id: 'sales' },
      children: { _: { module: 'hangup', data: {} } },
    },
    async run(data, context) {
      const documents = notedDocuments(ports.documents, context.call)
      const box = await findMailbox(data, context, documents)
      const visit = {
        context,
        ports,
        keys: await mailboxKeys(context, documents),
        mostMs: (data.max_message_length ?? 0) * 1_000,
        interDigitMs: data.interdigit_timeout,
      }
      return data.action === 'check' ? checkMessages(box, visit) : composeMessage(box, visit)
    },
  })
