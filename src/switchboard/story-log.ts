import type { LogFields } from '../base/index.ts'
import { nameOf, type CallEvent, type CallObserver } from '../call/index.ts'

/** Tells the story of a call in its own log: what happened at info, the steps of its flow at debug. */
export const storyLog: CallObserver = (event, { log }) => {
  const { level, ...fields } = lineOf(event)
  log[level](`call.${event.type}`, { atMs: event.atMs, ...fields })
}

type Line = LogFields & { readonly level: 'info' | 'debug' | 'warn' }

function lineOf(event: CallEvent): Line {
  switch (event.type) {
    case 'leg.ringing':
    case 'leg.early':
    case 'leg.answered':
    case 'leg.held':
    case 'leg.resumed':
    case 'recording.started':
      return { level: 'info' }
    case 'leg.ended':
      return { level: 'info', by: event.by, cause: event.cause, sipStatus: event.sipStatus }
    case 'digit.received':
      return { level: 'info', via: event.via, pii: { digit: event.digit } }
    case 'transfer.requested': {
      const { replacesCallId, to } = event
      return { level: 'info', ...(replacesCallId === undefined ? {} : { replacesCallId }), pii: { to: to.user } }
    }
    case 'transfer.reported':
      return { level: 'info', sipStatus: event.sipStatus }
    case 'transfer.asked':
      return { level: 'info', pii: { target: event.target } }
    case 'digits.sent':
      return { level: 'info', pii: { digits: event.digits } }
    case 'media.started':
      return { level: 'info', kind: event.media.kind, pii: { media: nameOf(event.media) } }
    case 'media.ended':
      return { level: 'debug', kind: event.media.kind, how: event.how }
    case 'media.failed':
      return { level: 'warn', kind: event.media.kind, code: event.code, pii: { media: nameOf(event.media) } }
    case 'recording.ended':
      return { level: 'info', durationMs: event.durationMs, endedBy: event.endedBy }
    case 'call-recording.started':
      return { level: 'info', recordingId: event.recordingId }
    case 'call-recording.masked':
      return { level: 'info', recordingId: event.recordingId, isMasked: event.isMasked }
    case 'call-recording.ended':
      return {
        level: 'info',
        recordingId: event.recordingId,
        durationMs: event.durationMs,
        endedBy: event.endedBy,
      }
    case 'leg.dialled':
      return { level: 'info', besideCallId: event.besideCallId, pii: { target: event.target } }
    case 'dial.failed':
      return { level: 'warn', code: event.code, pii: { target: event.target } }
    case 'bridge.began':
    case 'bridge.ended':
      return { level: 'info', otherCallId: event.otherCallId, isEarly: event.isEarly }
    case 'conference.joined':
    case 'conference.left':
      return { level: 'info', conference: event.conference, conferenceId: event.conferenceId, members: event.members }
    case 'conference.changed': {
      const { conferenceId, isMuted, isDeaf } = event
      return { level: 'info', conferenceId, isMuted, isDeaf }
    }
    case 'conference.played':
      return {
        level: 'debug',
        conferenceId: event.conferenceId,
        kind: event.media.kind,
        pii: { media: nameOf(event.media) },
      }
    case 'eavesdrop.began':
    case 'eavesdrop.ended':
      return { level: 'info', otherCallId: event.otherCallId }
    case 'eavesdrop.changed':
      return { level: 'info', speaksTo: event.speaksTo }
    case 'call.parked':
      return { level: 'info', pii: { slot: event.slot } }
    case 'call.unparked':
      return { level: 'info', how: event.how, pii: { slot: event.slot } }
    case 'queue.entered':
      return { level: 'info', queueId: event.queueId, position: event.position, pii: { queue: event.queue } }
    case 'queue.left': {
      const { queueId, result, waitedMs, size } = event
      return { level: 'info', queueId, result, waitedMs, size, pii: { queue: event.queue } }
    }
    case 'flow.started':
      return { level: 'info', callflowId: event.callflowId, name: event.name, pii: { number: event.number } }
    case 'flow.redirected':
      return { level: 'info', callflowId: event.callflowId, name: event.name, pii: { number: event.number } }
    case 'node.started':
      return { level: 'debug', module: event.module, pii: { data: event.data } }
    case 'node.skipped':
      return { level: 'debug', module: event.module, why: event.why }
    case 'node.failed':
      return { level: 'warn', module: event.module, code: event.code, pii: { details: event.details } }
    case 'node.ended':
      return {
        level: 'debug',
        module: event.module,
        go: event.go,
        ...(event.key === undefined ? {} : { key: event.key }),
      }
    case 'variables.set':
      return { level: 'debug', pii: { variables: event.variables } }
    case 'pivot.asked':
      return { level: 'info', ...question(event) }
    case 'pivot.answered':
      return { level: 'info', ...question(event), status: event.status, dialect: event.dialect, timing: event.timing }
    case 'pivot.failed':
      return {
        level: 'warn',
        ...question(event),
        code: event.code,
        fault: event.fault,
        pii: { details: event.details },
      }
    case 'pivot.debug':
    case 'call.described':
    case 'callflow.read':
    case 'document.read':
    case 'reading.omitted':
      return { level: 'debug' }
    case 'notice.told':
      return { level: 'info', notice: event.notice, pii: { to: event.to } }
    case 'edr.told':
      return { level: 'info', pii: { data: event.data } }
    case 'lookup.asked':
      return { level: 'info', url: bareUrl(event.url) }
    case 'lookup.answered':
      return { level: 'info', url: bareUrl(event.url), status: event.status, code: event.code }
    case 'cdr.requested':
      return { level: 'debug', url: bareUrl(event.url) }
    case 'cdr.posted':
    case 'webhook.called':
      return { level: 'info', url: bareUrl(event.url), status: event.status, code: event.code }
    case 'verb.started':
      return { level: 'debug', verb: event.verb, line: event.line, column: event.column }
    case 'twiml.warned':
      return { level: 'warn', code: event.code, line: event.line, column: event.column, problem: event.message }
  }
}

const question = (event: { url: string; iteration: number; attempt: number }): LogFields => ({
  url: bareUrl(event.url),
  iteration: event.iteration,
  attempt: event.attempt,
})

/** A URL without what may be secret or personal: no user, no password, no query. */
function bareUrl(url: string): string {
  if (!URL.canParse(url)) return ''
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
