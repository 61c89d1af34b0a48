import type { Calling, Exchange, Recordings } from '../call/index.ts'
import type { Action, Callflows, Documents } from '../callflow/index.ts'
import type { Outside } from '../endpoints/index.ts'
import type { Deliveries, Http } from '../http/index.ts'
import type { Conferences } from '../conferences/index.ts'
import { afterBridge } from './after-bridge.ts'
import { answer } from './answer.ts'
import { audioMacro } from './audio-macro.ts'
import { branchBnumber } from './branch-bnumber.ts'
import { branchVariable } from './branch-variable.ts'
import { callForward } from './call-forward.ts'
import { callWaiting } from './call-waiting.ts'
import { callflow } from './callflow.ts'
import { checkCid } from './check-cid.ts'
import { cidListMatch } from './cid-list-match.ts'
import { collectDtmf } from './collect-dtmf.ts'
import { conference, conferenceFeature } from './conference.ts'
import { deadAir } from './dead-air.ts'
import { device } from './device.ts'
import { directory } from './directory.ts'
import { disa } from './disa.ts'
import { doNotDisturb } from './do-not-disturb.ts'
import { dynamicCid } from './dynamic-cid.ts'
import { eavesdropFeature } from './eavesdrop-feature.ts'
import { eavesdrop } from './eavesdrop.ts'
import { edr } from './edr.ts'
import { flushDtmf } from './flush-dtmf.ts'
import { groupPickupFeature } from './group-pickup-feature.ts'
import { groupPickup } from './group-pickup.ts'
import { group } from './group.ts'
import { hangup } from './hangup.ts'
import { hotdesk } from './hotdesk.ts'
import { intercom } from './intercom.ts'
import { interceptFeature } from './intercept-feature.ts'
import { intercept } from './intercept.ts'
import { language } from './language.ts'
import { lookupCidName } from './lookup-cid-name.ts'
import { manualPresence } from './manual-presence.ts'
import { menu } from './menu.ts'
import { missedCallAlert } from './missed-call-alert.ts'
import { nomorobo } from './nomorobo.ts'
import { move } from './move.ts'
import { noop } from './noop.ts'
import type { Notices } from './notices.ts'
import { notification } from './notification.ts'
import { pageGroup } from './page-group.ts'
import { park } from './park.ts'
import { ParkingLot } from './parking-lot.ts'
import { play } from './play.ts'
import { prependCid } from './prepend-cid.ts'
import { privacy } from './privacy.ts'
import { recordCall } from './record-call.ts'
import { recordCaller } from './record-caller.ts'
import { offnet, resources } from './resources.ts'
import { response } from './response.ts'
import { ringGroupToggle } from './ring-group-toggle.ts'
import { ringGroup } from './ring-group.ts'
import { routeToCid } from './route-to-cid.ts'
import { sendDtmf } from './send-dtmf.ts'
import { setAlertInfo } from './set-alert-info.ts'
import { setCid } from './set-cid.ts'
import { setVariable } from './set-variable.ts'
import { setVariables } from './set-variables.ts'
import { set } from './set.ts'
import { skel } from './skel.ts'
import { sleep } from './sleep.ts'
import { temporalRoute } from './temporal-route.ts'
import { transfer } from './transfer.ts'
import { tts } from './tts.ts'
import { user } from './user.ts'
import { voicemail } from './voicemail.ts'
import { waitForHangup } from './wait-for-hangup.ts'
import { webhook } from './webhook.ts'

export { pivot } from './pivot.ts'
export type { Notice, Notices } from './notices.ts'

/** The outside world as actions need it. */
export interface ActionPorts {
  readonly documents: Documents
  readonly callflows: Callflows
  readonly deliveries: Deliveries
  readonly http: Http
  readonly notices: Notices
  readonly recordings: Recordings
  /** What reaches other parties: the driver of the calls. */
  readonly calling: Calling
  /** What calls to numbers outside need. */
  readonly outside: Outside
  readonly conferences: Conferences
  /** Who is connected with whom. */
  readonly exchange: Exchange
  /** The action `pivot`, which needs more than a port. */
  readonly pivot: Action
}

/**
 * Every action there is, in the order to read about them: sound, digits, the call itself, other parties, branches,
 * variables.
 */
export const allActions = (ports: ActionPorts): readonly Action[] => [
  ports.pivot,
  play,
  tts,
  audioMacro,
  collectDtmf,
  flushDtmf,
  sendDtmf,
  menu(ports),
  recordCaller(ports.recordings),
  recordCall(ports.recordings),
  answer,
  response,
  hangup,
  sleep,
  noop,
  deadAir,
  waitForHangup,
  device(ports),
  user(ports),
  ringGroup(ports),
  group(ports),
  resources(ports),
  offnet(ports),
  routeToCid(ports),
  intercom(ports.callflows),
  directory(ports),
  disa(ports),
  voicemail(ports),
  pageGroup(ports),
  conference(ports),
  conferenceFeature(ports),
  groupPickup(ports),
  groupPickupFeature(ports),
  intercept(ports),
  interceptFeature(ports),
  eavesdrop(ports),
  eavesdropFeature(ports),
  move(ports),
  park({ ...ports, parkingLot: new ParkingLot() }),
  transfer(ports.exchange),
  afterBridge,
  callForward(ports.documents),
  callWaiting(ports.documents),
  doNotDisturb(ports.documents),
  hotdesk(ports),
  ringGroupToggle(ports.documents),
  manualPresence(ports.documents),
  language,
  callflow(ports.callflows),
  branchVariable(ports.documents),
  branchBnumber(ports.callflows),
  checkCid,
  cidListMatch(ports.documents),
  nomorobo(ports.http),
  temporalRoute(ports.documents),
  set,
  setVariable,
  setVariables,
  setCid,
  prependCid,
  dynamicCid(ports),
  lookupCidName(ports.documents),
  setAlertInfo,
  privacy(ports.callflows),
  webhook(ports.deliveries),
  notification(ports),
  missedCallAlert(ports),
  edr,
  skel,
]
