import type { Call, CallEvent, CallObserver } from '../../call/index.ts'
import { twilioDate } from '../date.ts'
import type { Dialling, Method, Parameters } from '../session.ts'
import { dialStatusOf, secondsOf } from './result.ts'

/** Who is told how a dialled call goes, and of what. */
export interface ProgressCallback {
  readonly url: string
  readonly method: Method
  readonly events: ReadonlySet<string>
}

/**
 * Tells a web server how one dialled call goes, for each event that it wants to know of.
 *
 * @source Twilio <Dial><Number>, statusCallback and statusCallbackEvent; parameters of call progress events
 */
export function tellingProgress(
  { url, method, events }: ProgressCallback,
  { tell }: Pick<Dialling, 'tell'>,
): CallObserver {
  let sequence = 0
  return (event, callee) => {
    const progress = progressOf(event, callee)
    if (progress === undefined || !events.has(progress.name)) return
    tell(callee, url, method, {
      CallStatus: progress.status,
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(sequence++),
      Timestamp: twilioDate(callee.arrivedAt + event.atMs),
      ...progress.more,
    })
  }
}

interface Progress {
  readonly name: string
  readonly status: string
  readonly more?: Parameters
}

function progressOf(event: CallEvent, callee: Call): Progress | undefined {
  switch (event.type) {
    case 'leg.dialled':
      return { name: 'initiated', status: 'initiated' }
    case 'leg.ringing':
      return { name: 'ringing', status: 'ringing' }
    case 'leg.answered':
      return { name: 'answered', status: 'in-progress' }
    case 'leg.ended': {
      const isAnswered = callee.answeredAt !== undefined
      const seconds = secondsOf(callee, callee.arrivedAt + event.atMs)
      return {
        name: 'completed',
        status: isAnswered ? 'completed' : dialStatusOf(event.cause, event.sipStatus),
        more: {
          CallDuration: String(seconds),
          Duration: String(Math.ceil(seconds / 60)),
          SipResponseCode: String(isAnswered ? 200 : event.sipStatus),
        },
      }
    }
    default:
      return undefined
  }
}
