import { Type } from 'typebox'
import { asFailure } from '../base/index.ts'
import { child, defineAction } from '../callflow/index.ts'

const longestToneMs = 10_000

export const sendDtmf = defineAction({
  module: 'send_dtmf',
  summary: 'Sends digits to the caller and goes on at once; as the last action, when they are sent.',
  source: 'KAZOO cf_send_dtmf.erl; schema callflows.send_dtmf',
  data: Type.Object({
    digits: Type.String({
      minLength: 1,
      maxLength: 64,
      description: '`0`-`9`, `A`-`D`, `*`, `#`; `w` and `W` pause for half a second and a second; others are left out',
    }),
    duration_ms: Type.Integer({ default: 2000, minimum: 1, description: 'Milliseconds of each tone' }),
  }),
  children: {},
  example: {
    module: 'send_dtmf',
    data: { digits: '1234#', duration_ms: 250 },
    children: { _: { module: 'sleep', data: { duration: 2 } } },
  },
  async run({ digits, duration_ms }, { call, signal, log }, children) {
    const sendable = digits.replace(/[a-d]/g, (letter) => letter.toUpperCase()).replace(/[^0-9A-D*#wW]/g, '')
    if (sendable === '') return child()
    const sending = call.leg
      .sendDigits(sendable, { durationMs: Math.min(duration_ms, longestToneMs), signal })
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn('send-dtmf.failed', { error: asFailure(error) })
      })
    if (children.keys.length === 0) await sending // What follows is the hang-up, which would cut the digits off.
    return child()
  },
})
