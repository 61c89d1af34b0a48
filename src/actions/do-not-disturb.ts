import { Type } from 'typebox'
import { fieldsOf, flagOf } from '../base/index.ts'
import { answerWith } from '../call/index.ts'
import { child, defineAction, stop, type Action, type Documents } from '../callflow/index.ts'
import { callerDocument, changeSetting, documentById } from './caller-document.ts'
import { playIfPossible, promptSource } from './playback.ts'

export const doNotDisturb = (documents: Documents): Action =>
  defineAction({
    module: 'do_not_disturb',
    summary: 'Switches on or off that the phones of the caller ring, and says so.',
    source: 'KAZOO cf_do_not_disturb.erl; schema callflows.do_not_disturb',
    data: Type.Object({
      action: Type.Enum(['activate', 'deactivate', 'toggle'], { default: 'toggle', description: 'What to do' }),
      id: Type.Optional(
        Type.String({
          maxLength: 128,
          description: "A device or user; without, the calling phone's owner, or the phone",
        }),
      ),
    }),
    children: {},
    example: { module: 'do_not_disturb', data: { action: 'toggle' }, children: { _: { module: 'hangup', data: {} } } },
    async run({ action, id }, context) {
      const say = async (name: string): Promise<void> => {
        const prompt = promptSource(context, name)
        await answerWith(prompt, context)
        await playIfPossible(context, [prompt])
      }
      const found =
        (id === undefined ? undefined : await documentById(id, context, documents)) ??
        (await callerDocument(context, documents))
      if (found === undefined) {
        await say('dnd-not_available')
        return stop()
      }
      const isOn = flagOf(fieldsOf(found.document['do_not_disturb'])['enabled']) ?? false
      const enabled = action === 'toggle' ? !isOn : action === 'activate'
      await changeSetting(found, 'do_not_disturb', { enabled }, context, documents)
      await say(enabled ? 'dnd-activated' : 'dnd-deactivated')
      return child()
    },
  })
