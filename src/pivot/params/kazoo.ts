import type { Fields } from '../form.ts'
import type { Facts } from './facts.ts'

/**
 * What a web server is told of the call in KAZOO's names. Differs from KAZOO: Direction is the call's own, Recording-ID
 * is set after a recording, and transcriptions, which nothing makes, are left out.
 *
 * @source KAZOO kzt_kazoo.erl, req_params/1
 */
export function kazooParameters({ call, state }: Facts): Fields {
  const { leg, account, caller, variables } = call
  const { lastRecording } = variables
  return {
    'Account-ID': account.id,
    'Api-Version': '4.x',
    'Call-ID': call.id,
    'Call-Status': state.callStatus,
    'Caller-ID-Name': variables.callerIdName || 'unknown',
    'Caller-ID-Number': variables.callerIdNumber || anonymous,
    'Custom-Application-Vars': Object.fromEntries(variables.application),
    'Custom-SIP-Headers': leg.headers,
    Digits: variables.collections.size === 0 ? undefined : Object.fromEntries(variables.collections),
    Direction: leg.direction,
    From: leg.from.user || 'nouser',
    'From-Realm': leg.from.realm || 'norealm',
    Language: variables.language,
    'Recording-Duration': lastRecording === undefined ? undefined : Math.round(lastRecording.durationMs / 1000),
    'Recording-ID': lastRecording?.id,
    'Recording-Url': lastRecording?.url,
    Request: call.number,
    'Request-Realm': leg.request.realm || 'norealm',
    To: leg.to.user || 'nouser',
    'To-Realm': leg.to.realm || 'norealm',
    'User-ID': caller.ownerIds.length > 1 ? caller.ownerIds : caller.ownerIds[0],
  }
}

/** KAZOO's number of callers who hide theirs. */
const anonymous = '0000000000'
