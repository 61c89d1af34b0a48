import { newUuid, unlessAborted } from '../base/index.ts'
import { parseNameAddress } from './address.ts'
import { Authorization } from './authorization.ts'
import { Dialog } from './dialog.ts'
import type { OutgoingGround } from './invitation.ts'
import type { SipMessage } from './message.ts'
import { hopsOf, hopTargetOf } from './next-hop.ts'
import { isSendable } from './outgoing-headers.ts'
import type { RegistrationAnswer, OutgoingRegistration, RegistrationOptions } from './outgoing-port.ts'
import { splitList } from './params.ts'
import type { Header } from './serialize.ts'
import type { Flow } from './session.ts'
import { parseUri, userOf } from './uri.ts'

/** Whoever asks for a nonce that is not stale does so once; stale ones may follow one another. */
const mostChallenges = 3

/**
 * We, registered with somebody (RFC 3261 section 10.2): one Call-ID, and CSeq that grows, as long as it lasts. It keeps
 * no time: whoever owns it asks again before it is over.
 */
export class Registering implements OutgoingRegistration {
  readonly #options: RegistrationOptions
  readonly #ground: OutgoingGround
  readonly #authorization: Authorization
  readonly #callId = newUuid()
  readonly #tag = newUuid()
  #sequence = 0

  constructor(options: RegistrationOptions, ground: OutgoingGround) {
    this.#options = options
    this.#ground = ground
    this.#authorization = new Authorization(options.credentials)
  }

  async ask(seconds: number, signal: AbortSignal): Promise<RegistrationAnswer> {
    let last: RegistrationAnswer = unreachable
    for (const hop of await unlessAborted(this.#hops(), signal)) {
      if (!(await unlessAborted(this.#ground.transport.connect(hop), signal))) continue
      const response = await this.#askAt(hop, seconds, signal)
      if (response === undefined) last = silent
      else {
        last = this.#answerOf(response, seconds)
        if (last.status !== 503) return last
      }
    }
    return last
  }

  async #hops(): Promise<readonly Flow[]> {
    const { uri, address, routes = [] } = this.#options
    if (!isSendable({ uri, from: { uri: address }, routes, offer: undefined })) return []
    const target = hopTargetOf({ uri, routes })
    try {
      return target === undefined ? [] : await hopsOf(target, this.#ground.resolve)
    } catch (error) {
      this.#ground.log.warn('sip.not-resolved', { error, callId: this.#callId })
      return []
    }
  }

  /** Asks one address, again when it wants to know who we are. @returns undefined when it does not answer */
  async #askAt(hop: Flow, seconds: number, signal: AbortSignal): Promise<SipMessage | undefined> {
    const { uri } = this.#options
    let credentials: readonly Header[] = []
    for (let challenges = 0; ; challenges++) {
      const response = await unlessAborted(this.#send(hop, seconds, credentials), signal)
      if (response === undefined || challenges === mostChallenges) return response
      // A nonce that was good a moment ago may be too old now: that is no word about the password.
      const given = isStale(response) ? [] : credentials
      const better = this.#authorization.answer(response, { method: 'REGISTER', uri, body: undefined }, given)
      if (better === undefined) return response
      credentials = better
    }
  }

  #send(hop: Flow, seconds: number, credentials: readonly Header[]): Promise<SipMessage | undefined> {
    const { uri, address, contactUser, routes = [] } = this.#options
    const sequence = ++this.#sequence
    const dialog = new Dialog({
      local: `<${address}>;tag=${this.#tag}`,
      remote: `<${address}>`,
      callId: this.#callId,
      localTag: this.#tag,
      remoteTag: '',
      routes,
      remoteTarget: uri,
      source: hop,
      localSequence: sequence,
      remoteSequence: undefined,
      name: this.#ground.nameTowards(hop),
      contactUser,
    })
    const headers: readonly Header[] = [
      ['Contact', `${dialog.contact};expires=${seconds}`],
      ['Expires', String(seconds)],
      ...credentials,
    ]
    return new Promise((resolve) => {
      this.#ground.transactions.request(
        'REGISTER',
        hop,
        (branch) => dialog.request('REGISTER', sequence, branch, headers),
        {
          response: (response) => {
            if (response.status >= 200) resolve(response)
          },
          timeout: () => resolve(undefined),
          broken: () => resolve(undefined),
        },
      )
    })
  }

  #answerOf(response: SipMessage, asked: number): RegistrationAnswer {
    const { status, reason } = response
    const secondsIn = (name: string): number | undefined => wholeNumber(response.first(name))
    const ours = response
      .all('contact')
      .flatMap(splitList)
      .map(parseNameAddress)
      .find((contact) => contact !== undefined && userIn(contact.uri) === this.#options.contactUser)
    return {
      status,
      reason,
      seconds: wholeNumber(ours?.params.get('expires')) ?? secondsIn('expires') ?? asked,
      leastSeconds: secondsIn('min-expires'),
      retryAfterSeconds: secondsIn('retry-after'),
    }
  }
}

const nothing = { seconds: 0, leastSeconds: undefined, retryAfterSeconds: undefined }
const unreachable: RegistrationAnswer = { status: 503, reason: 'it cannot be reached', ...nothing }
const silent: RegistrationAnswer = { status: 408, reason: 'it does not answer', ...nothing }

const isStale = (response: SipMessage): boolean =>
  [...response.all('www-authenticate'), ...response.all('proxy-authenticate')].some((value) =>
    /\bstale\s*=\s*"?true/i.test(value),
  )

function wholeNumber(text: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,9})/.exec(text ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function userIn(text: string): string | undefined {
  const uri = parseUri(text)
  return uri === undefined ? undefined : userOf(uri)
}
