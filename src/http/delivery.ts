import type { HttpQuestion } from './http.ts'

/** Something a web server is to be told, now or later. */
export interface Delivery {
  /** What it is, for logs: `cdr`, `callback`, `recording`. */
  readonly kind: string
  readonly url: string
  readonly method: HttpQuestion['method']
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | { readonly file: string }
  /** Given up after so many attempts, so far apart; default: again and again, ever less often, until it is too old. */
  readonly tries?: { readonly most: number; readonly pauseMs: number }
  /** Whose it is, where that is known. */
  readonly accountId?: string
  readonly callId?: string
}

export interface Delivered {
  /** A 2xx came. */
  readonly isDelivered: boolean
  readonly attempts: number
  /** Of the last answer, if any came. */
  readonly status: number | undefined
  /** The failure of the last attempt, if it failed by name. */
  readonly code: string | undefined
}

/** Takes messages to web servers in the background, again and again until they are taken or too old. */
export interface Deliveries {
  /** Returns at once. The promise is for whoever wants to know how it went, and never rejects. */
  deliver(delivery: Delivery): Promise<Delivered>
}
