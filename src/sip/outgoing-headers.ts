import { addressText, parseNameAddress } from './address.ts'
import { allowed, supported } from './check-request.ts'
import { canonicalName } from './header-names.ts'
import type { InviteOptions } from './outgoing-port.ts'
import { rawValue, type Header } from './serialize.ts'
import type { SessionInterval } from './session-timer.ts'
import { parseUri } from './uri.ts'

/** What we ask for of session timers: a far end that is gone is noticed within half an hour (RFC 4028 section 4). */
export const usualInterval: SessionInterval = {
  seconds: 1_800,
  refresher: 'near',
  farKnows: true,
  leastSeconds: 90,
}

/** The ends of a call of ours, as `Dialog` wants them. */
export function endsOf(options: InviteOptions, localTag: string): { readonly local: string; readonly remote: string } {
  const to = options.to ?? { uri: options.uri }
  return {
    local: `${rawValue(addressText(options.from.uri, options.from.displayName))};tag=${localTag}`,
    remote: rawValue(addressText(to.uri, to.displayName)),
  }
}

/** Can this be sent at all? Every URI must be one, so that nothing in it can add a header. */
export function isSendable({ callId = '-', from, routes = [], to, uri }: InviteOptions): boolean {
  const uris = [uri, from.uri, to?.uri ?? uri, ...routes.map((route) => parseNameAddress(route)?.uri ?? '')]
  return uris.every((text) => parseUri(text) !== undefined) && /^[!-~]+$/.test(callId)
}

/** The headers of an INVITE of ours that do not make the dialog. */
export function inviteHeaders(options: InviteOptions, contact: string, asked: SessionInterval): readonly Header[] {
  return [
    ['Contact', contact],
    ['Allow', allowed],
    // Without an offer of ours, theirs is to come in the 2xx and nowhere else.
    ['Supported', options.offer === undefined ? supported.replace('100rel, ', '') : supported],
    ['Session-Expires', String(asked.seconds)],
    ['Min-SE', String(asked.leastSeconds)],
    ...(options.headers ?? []).filter(([name]) => token.test(name) && !ours.has(canonicalName(name))),
  ]
}

const token = /^[a-zA-Z0-9\-.!%*_+`'~]+$/
const ours = new Set([
  'allow',
  'authorization',
  'call-id',
  'contact',
  'content-length',
  'content-type',
  'cseq',
  'from',
  'max-forwards',
  'min-se',
  'proxy-authorization',
  'record-route',
  'require',
  'route',
  'session-expires',
  'supported',
  'to',
  'user-agent',
  'via',
])
