import Type from 'typebox'
import type { Recording } from '../../call/index.ts'
import { method, recognised, url } from '../attributes.ts'
import type { Parameters } from '../session.ts'
import { playAsPrompt, typeAhead } from '../playing.ts'
import { newRecordingSid, recordingStatus, recordingStatusAttributes } from '../recording-status.ts'
import { ask, defineVerb, resolveUrl, type RunContext } from '../verb.ts'
import { codes } from '../warnings.ts'

/** KAZOO's beep: half a second of A. */
const beep = { kind: 'tone', spec: '%(500,0,440)' } as const

/**
 * Differs from KAZOO: the call is answered, silence alone is no recording whatever its length, and a file is uploaded
 * only where `recordingUrl` says so. Differs from Twilio: nothing is transcribed yet.
 */
export const record = defineVerb({
  name: 'Record',
  summary: 'Records the caller after a beep and sends the address of the recording to `action`.',
  source: 'Twilio <Record>; KAZOO kzt_twiml_record.erl',
  attributes: Type.Object({
    action: url('Who is told of the recording; the document’s own URL when absent'),
    method,
    timeout: Type.Integer({
      default: 5,
      minimum: 0,
      maximum: 3600,
      description: 'Seconds of silence that end the recording; 0 = none do',
    }),
    finishOnKey: Type.String({
      default: '1234567890*#',
      pattern: '^[0-9*#]*$',
      description: 'The keys that end the recording; empty = none do',
    }),
    maxLength: Type.Integer({ default: 3600, minimum: 1, maximum: 14_400, description: 'Seconds' }),
    playBeep: Type.Boolean({ default: true, description: 'Whether a tone says when to speak' }),
    trim: Type.Enum(['trim-silence', 'do-not-trim'], {
      default: 'trim-silence',
      description: 'Whether silence at the beginning and the end is left out',
    }),
    ...recordingStatusAttributes,
    recordingUrl: url('Where the file is sent to as well (KAZOO)'),
    recordStoreMethod: Type.Enum(['PUT', 'POST', 'PATCH'], {
      default: 'PUT',
      description: 'How it is sent there (KAZOO)',
    }),
    transcribe: Type.Boolean({ default: false, description: 'No effect yet' }),
    transcribeCallback: url('No effect yet'),
    recordingConfigurationId: recognised('A configuration kept at Twilio'),
  }),
  codes: {
    action: codes.badUrl,
    method: 13610,
    timeout: 13611,
    maxLength: 13612,
    finishOnKey: 13613,
    transcribe: 13614,
    playBeep: 13616,
    recordingStatusCallback: codes.badUrl,
    recordingStatusCallbackEvent: 13621,
    recordingUrl: codes.badUrl,
    transcribeCallback: codes.badUrl,
    trim: 13699,
  },
  content: 'nothing',
  example: '<Record maxLength="60" finishOnKey="#" action="/recorded"/>',
  check({ transcribe, transcribeCallback }, element, warn) {
    if (!transcribe && transcribeCallback === undefined) return
    warn(element, 13619, 'recordings are not transcribed yet: <Record> only records')
  },
  async run(attributes, element, context) {
    const { call, signal, state } = context
    await call.leg.answer()
    if (attributes.playBeep) await playAsPrompt(beep, 1, element, context, signal)
    typeAhead(state, call.leg.takeDigits())

    const sid = newRecordingSid()
    const of = { channels: 1, source: 'RecordVerb', track: 'inbound' } as const
    const tell = recordingStatus(attributes, sid, of, context)
    tell('in-progress', {})
    const recording = await call.leg.record({
      signal,
      maxMs: attributes.maxLength * 1000,
      silenceMs: attributes.timeout * 1000,
      endKeys: attributes.finishOnKey,
      trim: attributes.trim === 'trim-silence',
    })
    if (recording.endedBy === 'silence' && !recording.hadSpeech) {
      await context.recordings.discard(recording)
      tell('absent', { RecordingDuration: '0' })
      return 'next'
    }
    const kept = await keep(recording, sid, attributes, context)
    tell('completed', kept)
    const digits = recording.endedBy === 'key' ? (recording.key ?? '') : 'hangup'
    return ask(context, attributes.action, attributes.method, { ...kept, Digits: digits })
  },
})

/** Keeps the file and remembers it for later requests. @returns what requests say of it */
async function keep(
  recording: Recording,
  sid: string,
  { recordingUrl, recordStoreMethod }: { recordingUrl?: string; recordStoreMethod: 'PUT' | 'POST' | 'PATCH' },
  { call, recordings, state, url, log }: RunContext,
): Promise<Parameters> {
  state.recordings++
  const kept = await recordings.keep(recording, {
    accountId: call.account.id,
    callId: call.id,
    interactionId: call.interactionId,
    format: 'wav',
    ...(recordingUrl === undefined
      ? {}
      : {
          upload: {
            url: resolveUrl(recordingUrl, url),
            method: recordStoreMethod,
            fileName: fileName(call.id, state.recordings),
          },
        }),
  })
  log.info('record.kept', { durationMs: recording.durationMs, endedBy: recording.endedBy })
  if (kept.url !== '') call.recordings.push(kept.url)
  call.variables.lastRecording = { id: recording.id, url: kept.url, durationMs: recording.durationMs }
  state.recording = {
    RecordingUrl: kept.url,
    RecordingSid: sid,
    RecordingDuration: String(Math.round(recording.durationMs / 1000)),
  }
  return state.recording
}

/** KAZOO's name for the recording of a call; the second and later ones of a call are numbered. */
const fileName = (callId: string, number: number): string =>
  `call_recording_${callId}${number === 1 ? '' : `_${number}`}.wav`
