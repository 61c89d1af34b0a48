import { chooseChallenge, digestAnswer } from './digest.ts'
import type { SipMessage } from './message.ts'
import type { Credentials } from './outgoing-port.ts'
import type { Header } from './serialize.ts'

/** What a request was, as far as an answer to a challenge depends on it. */
export interface Challenged {
  readonly method: string
  readonly uri: string
  readonly body: string | undefined
}

const headers = {
  401: { challenge: 'www-authenticate', answer: 'Authorization' },
  407: { challenge: 'proxy-authenticate', answer: 'Proxy-Authorization' },
} as const

/** Answers challenges to requests of ours (RFC 3261 section 22, RFC 8760). */
export class Authorization {
  readonly #credentials: Credentials

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  /**
   * @param given what the request carried already: whoever asks for the same again does not like our password
   * @returns what it carries the next time, or undefined when there is nothing to be said
   */
  answer(response: SipMessage, request: Challenged, given: readonly Header[]): readonly Header[] | undefined {
    const { status } = response
    if (status !== 401 && status !== 407) return undefined
    const { challenge, answer } = headers[status]
    if (given.some(([name]) => name === answer)) return undefined
    const found = chooseChallenge(response.all(challenge))
    if (found === undefined) return undefined
    const { method, uri, body = '' } = request
    return [...given, [answer, digestAnswer(found, { ...this.#credentials, method, uri, body })]]
  }
}
