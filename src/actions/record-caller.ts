import { Type } from 'typebox'
import { allKeys, type Recordings } from '../call/index.ts'
import { child, defineAction, type Action } from '../callflow/index.ts'

/** KAZOO's default silence hits. */
const silenceMs = 5000

export const recordCaller = (recordings: Recordings): Action =>
  defineAction({
    module: 'record_caller',
    summary: 'Answers and records the caller until any key, the time limit, or 5 s of silence. There is no beep.',
    source: 'KAZOO cf_record_caller.erl; schema callflows.record_caller',
    data: Type.Object({
      url: Type.Optional(
        Type.String({
          pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
          maxLength: 2048,
          description: 'Where to send the file as well, under a name after the call',
        }),
      ),
      format: Type.Enum(['mp3', 'wav'], { default: 'mp3', description: 'The format of the file' }),
      method: Type.Enum(['put', 'post'], { default: 'put', description: 'How to send it' }),
      time_limit: Type.Integer({ default: 3600, minimum: 5, maximum: 10_800, description: 'Seconds, at the most' }),
    }),
    children: {},
    example: {
      module: 'record_caller',
      data: { url: 'https://shop.example/recordings', format: 'wav', time_limit: 60 },
      children: { _: { module: 'pivot', data: { voice_url: 'https://shop.example/recorded' } } },
    },
    // Differs from KAZOO, which does not record when no URL and no storage plan is there: we always store.
    async run({ url, format, method, time_limit }, { call, signal }) {
      await call.leg.answer()
      const recording = await call.leg.record({
        signal,
        maxMs: time_limit * 1000,
        silenceMs,
        endKeys: allKeys,
        trim: false,
      })
      const fileName = `${call.id.replace(/[^\w.@-]/g, '_').slice(0, 128)}.${format}`
      const kept = await recordings.keep(recording, {
        accountId: call.account.id,
        callId: call.id,
        interactionId: call.interactionId,
        format,
        ...(url === undefined ? {} : { upload: { url, method: method === 'put' ? 'PUT' : 'POST', fileName } }),
      })
      if (kept.url !== '') call.recordings.push(kept.url)
      call.variables.lastRecording = { id: recording.id, url: kept.url, durationMs: recording.durationMs }
      return child()
    },
  })
