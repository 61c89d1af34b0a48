import { fieldsOf, textOf, type Clock } from '../base/index.ts'
import type { Branch, CallerId, Exchange } from '../call/index.ts'
import type { Callflows, Document, Documents } from '../callflow/index.ts'
import {
  beginRinging,
  callerIdentity,
  deviceBranches,
  findWayOut,
  numberBranches,
  outsideBranches,
  userBranches,
  type CallerIdentity,
  type CallerIdKind,
  type Manner,
  type Outside,
  type Ringing,
  wayOutOf,
} from '../endpoints/index.ts'
import type { Party, Reach, ReachOptions } from '../twiml/index.ts'

export interface PartiesPorts {
  readonly documents: Documents
  readonly callflows: Callflows
  readonly clock: Clock
  readonly outside: Outside
  readonly exchange: Pick<Exchange, 'calls'>
  /** Whether calls may go to the host of a SIP address. */
  readonly mayDial: (host: string) => Promise<boolean>
}

/**
 * Finds whom the nouns of `<Dial>` name among the documents of the caller's account.
 *
 * A number is looked up as a caller would reach it: its callflow, when that begins with a device, a user, a ring group or
 * resources, else the device or the user whose extension it is, else what the callflow for all other numbers says of
 * resources. Without one, the resources of the account, then those of the operator.
 *
 * @source KAZOO kzt_twiml_dial.erl, xml_elements_to_endpoints; kz_endpoint.erl
 */
export function openParties(ports: PartiesPorts): Reach {
  return async (party, options) => {
    const { call } = options
    const { log } = call
    const ringing = await beginRinging({ call, clock: ports.clock, log }, ports)
    const manner = mannerOf(party, options, ringing)
    switch (party.kind) {
      case 'device':
        return deviceBranches(party.name, manner, ringing)
      case 'user':
        return userBranches(party.name, manner, ringing)
      case 'client':
        return clientBranches(party.name, manner, ringing)
      case 'number':
        return reachNumber(party.name, manner, ringing)
      case 'sip': {
        // Addresses of the account itself are those of its devices, as at a SIP domain of Twilio's.
        const isOurs = party.host === call.account.realm.toLowerCase()
        if (isOurs) return clientBranches(party.user, { ...manner, customHeaders: party.headers }, ringing)
        return (await ports.mayDial(party.host)) ? [sipBranch(party, options, ringing)] : []
      }
    }
  }
}

/** A user is not called by their own phone; whoever is named more closely is. */
function mannerOf({ kind }: Party, options: ReachOptions, ringing: Ringing): Manner {
  const { timeoutMs } = options
  const callerId = identityFor('internal', options, ringing)
  const outsideCallerId = identityFor('external', options, ringing)
  return { delayMs: 0, timeoutMs, canCallSelf: kind !== 'user', asMembers: false, callerId, outsideCallerId }
}

function identityFor(kind: CallerIdKind, { call, callerId }: ReachOptions, ringing: Ringing): CallerIdentity {
  const identity = callerIdentity(call, ringing.caller, kind)
  return callerId === undefined ? identity : { ...identity, number: callerId }
}

function sipBranch(party: Party & { kind: 'sip' }, options: ReachOptions, ringing: Ringing): Branch {
  const { uri, user, headers, credentials } = party
  const { name, number, hideName, hideNumber } = identityFor('external', options, ringing)
  const callerId: CallerId = {
    name: hideName ? '' : name,
    number: hideNumber ? '' : number,
    realm: options.call.account.realm,
    isPrivate: hideNumber,
  }
  return {
    target: { kind: 'sip', uri, ...(credentials === undefined ? {} : { credentials }) },
    callerId,
    headers,
    callee: { number: user === '' ? uri : user },
    delayMs: 0,
    timeoutMs: options.timeoutMs,
    ignoreEarlyMedia: false,
  }
}

/** A device by the name that it registers with, else by what people call it. */
async function clientBranches(name: string, manner: Manner, ringing: Ringing): Promise<readonly Branch[]> {
  const devices = await listed('devices', ringing)
  const wanted = name.toLowerCase()
  const device =
    devices.find((one) => usernameOf(one)?.toLowerCase() === wanted) ??
    devices.find((one) => textOf(one['name'])?.toLowerCase() === wanted)
  return device === undefined ? [] : deviceBranches(device.id, manner, ringing)
}

async function reachNumber(dialled: string, manner: Manner, ringing: Ringing): Promise<readonly Branch[]> {
  const branches = await numberBranches(dialled, manner, ringing)
  if (branches !== undefined) return branches
  const device = (await listed('devices', ringing)).find((one) => usernameOf(one) === dialled || has(one, dialled))
  if (device !== undefined) return deviceBranches(device.id, manner, ringing)
  const user = (await listed('users', ringing)).find((one) => has(one, dialled))
  if (user !== undefined) return userBranches(user.id, manner, ringing)
  return (await outsideBranches(dialled, manner, ringing)) ?? overAnyTrunk(dialled, manner, ringing)
}

/** @source KAZOO kzt_twiml_dial.erl: numbers are asked of the resources without a callflow */
async function overAnyTrunk(dialled: string, manner: Manner, ringing: Ringing): Promise<readonly Branch[]> {
  for (const module of ['resources', 'offnet']) {
    const found = await findWayOut(dialled, wayOutOf(module, {}, ringing.call.account.id), manner, ringing)
    if (found.is === 'found') return [found.branch]
  }
  return []
}

const listed = (collection: 'devices' | 'users', { call, documents }: Ringing): Promise<readonly Document[]> =>
  documents.list(call.account.id, collection)

const usernameOf = (device: Document): string | undefined => textOf(fieldsOf(device['sip'])['username'])

/** Whether an extension is this document's: the one that others watch, or the one that it calls with. */
function has(document: Document, extension: string): boolean {
  const watched = textOf(document['presence_id'])?.split('@', 1)[0]
  const own = textOf(fieldsOf(fieldsOf(document['caller_id'])['internal'])['number'])
  return watched === extension || own === extension
}
