import { asFailure, fieldsOf, flagOf, integerOf, textOf } from '../base/index.ts'
import {
  recordInBackground,
  usualRecordingName,
  type Call,
  type CallObserver,
  type RecordingOrder,
  type Recordings,
} from '../call/index.ts'
import { notedDocuments, type Documents } from '../callflow/index.ts'
import { callingPhone, nested, type Phone } from './phone.ts'

export interface AutomaticRecordingPorts {
  readonly documents: Documents
  readonly recordings: Recordings
}

/** What records calls because documents say so: `call_recording` of accounts, users and devices. */
export interface AutomaticRecording {
  /** Begins what is to be recorded of a call that has just come. Never rejects. @param to where it goes */
  ofCaller(call: Call, to: Network): Promise<void>
  /** Begins what is to be recorded of the legs that calls dial. */
  readonly observe: CallObserver
}

/** Whether the other side is of the account. */
export type Network = 'onnet' | 'offnet'

type Direction = 'inbound' | 'outbound'

/** @source KAZOO kz_account_recording.erl, kz_endpoint_recording.erl; schema call_recording */
export function openAutomaticRecording(ports: AutomaticRecordingPorts): AutomaticRecording {
  const begin = async (call: Call, find: (documents: Documents) => Promise<readonly Wish[]>): Promise<void> => {
    try {
      const wishes = await find(notedDocuments(ports.documents, call))
      if (call.leg.ended.aborted) return
      for (const wish of wishes) recordInBackground(call, orderOf(wish, call), ports.recordings)
    } catch (error) {
      // The call goes on without: nobody can say whether it was to be recorded.
      call.log.error('endpoints.recording-unknown', { error: asFailure(error) })
    }
  }
  return {
    ofCaller: (call, to) => begin(call, (documents) => wishesOfCaller(call, to, documents)),
    observe(event, call) {
      if (event.type !== 'leg.dialled' || call.caller.authorizingType !== 'device') return
      call.finishLater(begin(call, (documents) => wishesOfCallee(call, documents)))
    },
  }
}

/** What a document says of recording, and whose leg it is about. */
interface Wish {
  readonly settings: Readonly<Record<string, unknown>>
  readonly isOfCallee: boolean
}

async function wishesOfCaller(call: Call, to: Network, documents: Documents): Promise<readonly Wish[]> {
  const accountId = call.account.id
  const [phone, account] = await Promise.all([
    callingPhone(call, documents),
    documents.get(accountId, 'accounts', accountId),
  ])
  const ofAccount = nested(account, 'call_recording', 'account')
  const found = [
    enabled(settingsIn(ofAccount, 'inbound', networkOf(call))) ?? enabled(settingsIn(ofAccount, 'outbound', to)),
    phone && enabled(settingsOfPhone(phone, 'outbound', to)),
  ]
  return found.flatMap((settings) => (settings === undefined ? [] : [{ settings, isOfCallee: false }]))
}

async function wishesOfCallee(call: Call, documents: Documents): Promise<readonly Wish[]> {
  const phone = await callingPhone(call, documents)
  const from = call.host === undefined ? 'offnet' : networkOf(call.host)
  const settings = phone && enabled(settingsOfPhone(phone, 'inbound', from))
  return settings === undefined ? [] : [{ settings, isOfCallee: true }]
}

/** Phones of the account are known; trunks and strangers are outside. */
function networkOf({ caller: { authorizingType }, leg }: Call): Network {
  if (authorizingType !== undefined) return authorizingType === 'resource' ? 'offnet' : 'onnet'
  return leg.direction === 'inbound' && leg.isAuthorized ? 'onnet' : 'offnet'
}

/** The device's word counts, then its user's, then what the account says of all endpoints. */
function settingsOfPhone({ device, owner, account }: Phone, direction: Direction, network: Network) {
  const all = [device['call_recording'], owner?.['call_recording'], nested(account, 'call_recording', 'endpoint')]
  return all.map((recording) => settingsIn(recording, direction, network)).find((settings) => settings !== undefined)
}

/** What is said of this direction and network goes before what is said of `any`. */
function settingsIn(recording: unknown, direction: Direction, network: Network): Wish['settings'] | undefined {
  const found = [direction, 'any'].flatMap((way) =>
    [network, 'any'].map((side) => fieldsOf(fieldsOf(fieldsOf(recording)[way])[side])),
  )
  return found.find((settings) => Object.keys(settings).length > 0)
}

const enabled = (settings: Wish['settings'] | undefined): Wish['settings'] | undefined =>
  flagOf(settings?.['enabled']) === true ? settings : undefined

const mostSeconds = 10_800
const usuallyMostSeconds = 3_600

function orderOf({ settings, isOfCallee }: Wish, call: Call): RecordingOrder {
  const format = settings['format'] === 'wav' ? 'wav' : 'mp3'
  const url = textOf(settings['url'])
  const seconds = (key: string, least: number, usual: number): number =>
    Math.min(mostSeconds, Math.max(least, integerOf(settings[key]) ?? usual))
  return {
    begins: beginsWhen(settings, isOfCallee),
    maxMs: seconds('time_limit', 5, usuallyMostSeconds) * 1_000,
    leastMs: seconds('record_min_sec', 0, 0) * 1_000,
    channels: 'separate',
    followsTransfers: true,
    format,
    ...(url === undefined || !/^https?:\/\//i.test(url)
      ? {}
      : { upload: { url, method: 'PUT', fileName: `${usualRecordingName(call)}.${format}` } }),
  }
}

/** What a phone hears before it answers is no call yet. */
function beginsWhen(settings: Wish['settings'], isOfCallee: boolean): RecordingOrder['begins'] {
  if (flagOf(settings['record_on_answer']) === true) return 'when answered'
  if (flagOf(settings['record_on_bridge']) === true) return 'when bridged'
  return isOfCallee ? 'when answered' : 'at once'
}
