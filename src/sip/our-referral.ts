import { mediaType } from './body.ts'
import type { DialogRequests } from './dialog-requests.ts'
import type { SipMessage } from './message.ts'
import { replacesText } from './replaces.ts'
import type { Header } from './serialize.ts'
import type { DialogId, ReferOutcome } from './session.ts'
import type { Answer } from './their-requests.ts'
import type { Timer, Timers } from './timers.ts'

export interface OurReferralsOptions {
  readonly requests: DialogRequests
  readonly timers: Timers
  /** Says who and what we are. */
  readonly headers: readonly Header[]
  /** Who asks: our end of the dialog. */
  readonly referredBy: string
}

interface Open {
  isTaken: boolean
  readonly limit: Timer
  readonly done: (outcome: ReferOutcome) => void
}

/** How long the far end may take to call whom we refer it to: as long as a call of ours may ring. */
const longestMs = 180_000

/** The events that we are told of. */
export const eventsTold = 'refer'

/** Our REFERs within one dialog, and what the far end reports of them (RFC 3515 section 2.4). One at a time. */
export class OurReferrals {
  readonly #options: OurReferralsOptions
  #open: Open | undefined

  constructor(options: OurReferralsOptions) {
    this.#options = options
  }

  refer(uri: string, replaces: DialogId | undefined, done: (outcome: ReferOutcome) => void): void {
    if (this.#open !== undefined) {
      done({ how: 'refused', status: 491 })
      return
    }
    const { headers, referredBy, requests, timers } = this.#options
    const limit = timers.set(longestMs, () => this.#settle({ how: 'silent' }))
    this.#open = { isTaken: false, limit, done }
    const target: readonly Header[] = [
      ['Refer-To', `<${replaces === undefined ? uri : withHeader(uri, 'Replaces', replacesText(replaces))}>`],
      ['Referred-By', referredBy],
    ]
    requests.send('REFER', [...headers, ...target], undefined, (response) => this.#onResponse(response))
  }

  onNotify(message: SipMessage): Answer {
    const event = mediaType(message.first('event'))
    if (event !== eventsTold) return { status: 489, headers: [['Allow-Events', eventsTold]] }
    if (this.#open === undefined) return { status: 481 }
    this.#open.isTaken = true // a NOTIFY may overtake the 202
    const status = Number(/^SIP\/2\.0 (\d{3})/i.exec(message.body)?.[1] ?? 0)
    const isOver = mediaType(message.first('subscription-state')) === 'terminated'
    return {
      status: 200,
      then: () => {
        if (status >= 200) this.#settle({ how: 'reported', status })
        else if (isOver) this.#settle({ how: 'silent' })
      },
    }
  }

  /** The call is over. A far end that goes as soon as it has taken the REFER has said that all is well. */
  end(isByFarEnd: boolean): void {
    const isWell = isByFarEnd && this.#open?.isTaken === true
    this.#settle(isWell ? { how: 'reported', status: 200 } : { how: 'gone' })
  }

  #onResponse(response: SipMessage | undefined): void {
    if (this.#open === undefined) return
    if (response === undefined) this.#settle({ how: 'silent' })
    else if (response.status >= 300) this.#settle({ how: 'refused', status: response.status })
    // RFC 4488 section 4: nothing more will be heard.
    else if (response.first('refer-sub')?.toLowerCase().startsWith('false') === true)
      this.#settle({ how: 'reported', status: 200 })
    else this.#open.isTaken = true
  }

  #settle(outcome: ReferOutcome): void {
    const open = this.#open
    this.#open = undefined
    if (open === undefined) return
    this.#options.timers.clear(open.limit)
    open.done(outcome)
  }
}

const withHeader = (uri: string, name: string, value: string): string =>
  `${uri}${uri.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`
