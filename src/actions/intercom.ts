import { Type } from 'typebox'
import { answerWith } from '../call/index.ts'
import { child, defineAction, notedCallflows, stop, type Action, type Callflows } from '../callflow/index.ts'
import { branchTo } from './hunt.ts'
import { playIfPossible, promptSource } from './playback.ts'

export const intercom = (callflows: Callflows): Action =>
  defineAction({
    module: 'intercom',
    summary: 'Dials the number captured, and has the phones that ring for it answer by themselves.',
    source: 'KAZOO cf_intercom.erl; schema callflows.intercom',
    data: Type.Object({
      barge_calls: Type.Boolean({
        default: false,
        description: 'Phones that are in use answer too; a phone decides for itself what it does with a second call',
      }),
    }),
    children: { _: 'No callflow has the number; or what was dialled is over' },
    example: {
      module: 'intercom',
      data: {},
      children: { _: { module: 'tts', data: { text: 'Nobody has this number.' } } },
    },
    async run({ barge_calls }, context) {
      const { call } = context
      const number = call.variables.captureGroup ?? ''
      if (number === '') {
        const prompt = promptSource(context, 'fault-can_not_be_completed_as_dialed')
        await answerWith(prompt, context)
        await playIfPossible(context, [prompt])
        return stop()
      }
      const found = await notedCallflows(callflows, call).find(call.account.id, number)
      if (found === undefined || found.isNoMatch) return child()
      call.variables.autoAnswer = { bargesIn: barge_calls }
      return branchTo(found, call)
    },
  })
