import { asFailure, Outcome } from '../base/index.ts'
import type { Call } from './call.ts'
import type { CallEvent } from './events.ts'
import { mostCallRecordings, type CallRecording, type RecordCallOptions, type Recording } from './leg.ts'
import type { BackgroundRecording, KeepOptions, KeptCallRecording, Recordings } from './recordings.ts'

/** How a call is to be recorded in the background. */
export interface RecordingOrder extends Pick<RecordCallOptions, 'maxMs' | 'channels' | 'track' | 'trim'> {
  readonly begins: 'at once' | 'when answered' | 'when bridged'
  /** What is shorter is not kept. */
  readonly leastMs: number
  /** A call that is sent elsewhere is recorded on. */
  readonly followsTransfers: boolean
  readonly format: KeepOptions['format']
  /** Sends the file there as well. */
  readonly upload?: KeepOptions['upload']
  /** Called once when it begins. */
  readonly onBegun?: () => void
}

/** What KAZOO calls the recording of a call, without its extension; the second and later ones of a call are numbered. */
export function usualRecordingName({ id, backgroundRecordings, recordings }: Call): string {
  const number = backgroundRecordings.length + recordings.length + 1
  return `call_recording_${id}${number === 1 ? '' : `_${number}`}`
}

const stopped = new Outcome('the recording was stopped')

/** A fifth is not begun: see {@link mostCallRecordings}. Those that wait for a beginning count. */
const mostOrders = mostCallRecordings

/**
 * Records `call` while it goes on, and keeps what was recorded: its address becomes one of the call's recordings, and is
 * what the next request says.
 */
export function recordInBackground(call: Call, order: RecordingOrder, recordings: Recordings): BackgroundRecording {
  const stop = new AbortController()
  let running: CallRecording | undefined
  const leave = (): void => {
    const place = call.backgroundRecordings.indexOf(self)
    if (place >= 0) call.backgroundRecordings.splice(place, 1)
  }
  const begin = async (): Promise<KeptCallRecording | undefined> => {
    if (call.backgroundRecordings.length >= mostOrders) {
      call.log.warn('call.recording-left-out', { why: 'too many at once', most: mostOrders })
      return undefined
    }
    call.backgroundRecordings.push(self)
    const unfollow = order.followsTransfers ? undefined : call.follow((event) => endsWithTransfer(event, stop))
    try {
      await begun(call, order, stop.signal)
      const { maxMs, channels, track, trim } = order
      const scope = { ...(track === undefined ? {} : { track }), ...(trim === undefined ? {} : { trim }) }
      running = call.leg.recordCall({ signal: stop.signal, maxMs, channels, ...scope })
      order.onBegun?.()
      return await kept(await running.done, call, order, recordings)
    } catch (error) {
      if (!stop.signal.aborted && !call.leg.ended.aborted) {
        call.log.error('call.recording-failed', { error: asFailure(error) })
      }
      return undefined
    } finally {
      unfollow?.()
      leave()
    }
  }
  const self = {
    done: Promise.resolve<KeptCallRecording | undefined>(undefined),
    stop: () => {
      leave()
      stop.abort(stopped)
    },
    mask: () => running?.mask(),
    unmask: () => running?.unmask(),
  }
  self.done = begin()
  call.finishLater(self.done)
  return self
}

function endsWithTransfer({ type }: CallEvent, stop: AbortController): void {
  if (type === 'flow.redirected') stop.abort(stopped)
}

/** Resolves when the recording is to begin; rejects when it never will. */
function begun(call: Call, { begins }: RecordingOrder, signal: AbortSignal): Promise<void> {
  const { leg } = call
  const isDue = (event: CallEvent): boolean =>
    begins === 'when answered' ? event.type === 'leg.answered' : event.type === 'bridge.began' && !event.isEarly
  signal.throwIfAborted()
  leg.ended.throwIfAborted()
  const isNow = begins === 'at once' || (begins === 'when answered' ? leg.state === 'answered' : call.isBridged)
  if (isNow) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      unfollow()
      for (const each of [signal, leg.ended]) each.removeEventListener('abort', give)
      then()
    }
    const give = (): void => settle(() => reject(stopped))
    const unfollow = call.follow((event) => {
      if (isDue(event)) settle(resolve)
    })
    for (const each of [signal, leg.ended]) each.addEventListener('abort', give)
  })
}

async function kept(
  recording: Recording,
  call: Call,
  { leastMs, format, upload }: RecordingOrder,
  recordings: Recordings,
): Promise<KeptCallRecording | undefined> {
  if (recording.durationMs < leastMs || recording.durationMs === 0) {
    await recordings.discard(recording)
    return undefined
  }
  const { url } = await recordings.keep(recording, {
    accountId: call.account.id,
    callId: call.id,
    interactionId: call.interactionId,
    format,
    ...(upload === undefined ? {} : { upload }),
  })
  if (url !== '') call.recordings.push(url)
  call.variables.lastRecording = { id: recording.id, url, durationMs: recording.durationMs }
  return { recording, url }
}
