import { isIP } from 'node:net'
import type { Fields } from '../form.ts'
import { callStatusOf, type Facts } from './facts.ts'

/**
 * What a web server is told of the call in Twilio's names: KAZOO's documented set always, and those of Twilio's names
 * that KAZOO lacks (Caller, Called, Sip…, ForwardedFrom), so that handlers written for either find theirs. CallStatus is
 * sent from the first request on, as Twilio does.
 *
 * @source KAZOO kzt_twiml.erl, req_params/1; Twilio, parameters of requests to your application
 */
export function twilioParameters(facts: Facts): Fields {
  const { call, parent } = facts
  const { leg, account, variables } = call
  const from = leg.from.user || 'nouser'
  const to = leg.to.user || 'nouser'
  // Those of a leg that we have called are what we sent, not what came.
  const came = leg.direction === 'inbound' ? leg.headers : {}
  const sipHeaders = Object.entries(came).filter(([name]) => /^x-/i.test(name))
  return {
    CallSid: call.id,
    AccountSid: account.id,
    ApiVersion: '2010-04-01',
    Direction: leg.direction === 'inbound' ? 'inbound' : 'outbound-dial',
    ParentCallSid: parent?.id,
    CallStatus: callStatusOf(facts),
    From: from,
    FromRealm: leg.from.realm || 'norealm',
    To: to,
    ToRealm: leg.to.realm || 'norealm',
    CallerName: variables.callerIdName || 'unknown',
    CallerNumber: variables.callerIdNumber || '0000000000',
    Caller: from,
    Called: to,
    ForwardedFrom: forwardedFrom(came),
    SipCallId: call.id,
    SipDomain: leg.request.realm || undefined,
    SipSourceIp: addressOf(leg.source),
    ...Object.fromEntries(sipHeaders.map(([name, value]) => [`SipHeader_${name}`, value])),
  }
}

/** The address of `address:port`, IPv6 without its brackets; nothing for what is no address. */
function addressOf(source: string): string | undefined {
  const address = source.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return isIP(address) === 0 ? undefined : address
}

/** The user of a Diversion header (RFC 5806), where the driver passes one on. */
function forwardedFrom(headers: Readonly<Record<string, string>>): string | undefined {
  const diversion = Object.entries(headers).find(([name]) => name.toLowerCase() === 'diversion')?.[1]
  return diversion === undefined ? undefined : /(?:sips?|tel):([^@;>]+)/i.exec(diversion)?.[1]
}
