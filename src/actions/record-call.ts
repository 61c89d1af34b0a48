import { Type, type Static } from 'typebox'
import {
  recordInBackground,
  usualRecordingName,
  type Call,
  type RecordingOrder,
  type Recordings,
} from '../call/index.ts'
import { child, defineAction, type Action } from '../callflow/index.ts'

const data = Type.Object({
  action: Type.Enum(['start', 'stop', 'mask', 'unmask'], {
    default: 'start',
    description: '`stop`, `mask` and `unmask` are about the recording that was started last and still goes on',
  }),
  format: Type.Enum(['mp3', 'wav'], { default: 'mp3', description: 'The format of the file' }),
  url: Type.Optional(
    Type.String({
      pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
      maxLength: 2048,
      description: 'Where to send the file as well, under a name after the call',
    }),
  ),
  method: Type.Enum(['put', 'post'], { default: 'put', description: 'How to send it' }),
  media_name: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'The name of the file; without, one after the call' }),
  ),
  time_limit: Type.Integer({ default: 3600, minimum: 5, maximum: 10_800, description: 'Seconds, at the most' }),
  record_min_sec: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 10_800,
    description: 'Seconds; what is shorter is not kept',
  }),
  record_on_answer: Type.Boolean({ default: false, description: 'Begin when the call is answered, not at once' }),
  record_on_bridge: Type.Boolean({ default: false, description: 'Begin when the caller talks with somebody' }),
  should_follow_transfer: Type.Boolean({ default: true, description: 'Go on when the call is sent elsewhere' }),
  label: Type.Optional(Type.String({ maxLength: 128, description: 'What the log calls it' })),
})

export const recordCall = (recordings: Recordings): Action =>
  defineAction({
    module: 'record_call',
    summary: 'Records the call from both sides in the background, whatever comes next, until `stop` or its end.',
    source: 'KAZOO cf_record_call.erl, kzc_recording.erl; schema callflows.record_call',
    data,
    children: {},
    example: {
      module: 'record_call',
      data: { action: 'start', format: 'mp3', time_limit: 600, url: 'https://shop.example/recordings' },
      children: { _: { module: 'user', data: { id: 'ann' } } },
    },
    // Differs from KAZOO, which does not keep a recording when no URL and no storage plan is there: we always do.
    async run(values, { call, log }) {
      const last = call.backgroundRecordings.at(-1)
      if (values.action === 'start') {
        log.info('record_call.ordered', { label: values.label ?? call.variables.callflowName })
        recordInBackground(call, orderOf(values, call), recordings)
      } else last?.[values.action]()
      // What comes next may be asked for its address.
      if (values.action === 'stop') await last?.done
      return child()
    },
  })

function orderOf(values: Static<typeof data>, call: Call): RecordingOrder {
  const { format, url, method, media_name, time_limit, record_min_sec, record_on_answer, record_on_bridge } = values
  return {
    begins: record_on_answer ? 'when answered' : record_on_bridge ? 'when bridged' : 'at once',
    maxMs: time_limit * 1_000,
    leastMs: record_min_sec * 1_000,
    channels: 'separate',
    followsTransfers: values.should_follow_transfer,
    format,
    ...(url === undefined
      ? {}
      : {
          upload: {
            url,
            method: method === 'put' ? 'PUT' : 'POST',
            fileName: `${media_name ?? usualRecordingName(call)}.${format}`,
          },
        }),
  }
}
