import { Type } from 'typebox'
import { fieldsOf, flagOf } from '../base/index.ts'
import { answerWith } from '../call/index.ts'
import { child, defineAction, stop, type Action, type Documents } from '../callflow/index.ts'
import { callerDevice, callerUser, changeSetting } from './caller-document.ts'
import { playIfPossible, promptSource } from './playback.ts'

export const callWaiting = (documents: Documents): Action =>
  defineAction({
    module: 'call_waiting',
    summary:
      'Switches on or off that the calling phone, or those of its owner, ring while they are in use, and says so.',
    source: 'KAZOO cf_call_waiting.erl; schema callflows.call_waiting',
    data: Type.Object({
      action: Type.Enum(['toggle', 'activate', 'deactivate'], { default: 'toggle', description: 'What to do' }),
      scope: Type.Enum(['device', 'user'], { default: 'device', description: 'For the phone, or for its owner' }),
    }),
    children: {},
    example: { module: 'call_waiting', data: { action: 'toggle' }, children: { _: { module: 'hangup', data: {} } } },
    async run({ action, scope }, context) {
      const say = async (name: string): Promise<void> => {
        const prompt = promptSource(context, name)
        await answerWith(prompt, context)
        await playIfPossible(context, [prompt])
      }
      const find = scope === 'device' ? callerDevice : callerUser
      const found = await find(context, documents)
      if (found === undefined) {
        await say('cw-not_available')
        return stop()
      }
      const isOn = flagOf(fieldsOf(found.document['call_waiting'])['enabled']) ?? true
      const enabled = action === 'toggle' ? !isOn : action === 'activate'
      await changeSetting(found, 'call_waiting', { enabled }, context, documents)
      await say(enabled ? 'cw-activated' : 'cw-deactivated')
      return child()
    },
  })
