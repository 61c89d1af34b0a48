import type { Calling, Recordings } from '../call/index.ts'
import type { Action, Callflows, Documents } from '../callflow/index.ts'
import type { Deliveries } from '../http/index.ts'
import { answer } from './answer.ts'
import { audioMacro } from './audio-macro.ts'
import { branchBnumber } from './branch-bnumber.ts'
import { branchVariable } from './branch-variable.ts'
import { callForward } from './call-forward.ts'
import { callflow } from './callflow.ts'
import { checkCid } from './check-cid.ts'
import { collectDtmf } from './collect-dtmf.ts'
import { deadAir } from './dead-air.ts'
import { device } from './device.ts'
import { doNotDisturb } from './do-not-disturb.ts'
import { flushDtmf } from './flush-dtmf.ts'
import { group } from './group.ts'
import { hangup } from './hangup.ts'
import { language } from './language.ts'
import { menu } from './menu.ts'
import { noop } from './noop.ts'
import { play } from './play.ts'
import { prependCid } from './prepend-cid.ts'
import { privacy } from './privacy.ts'
import { recordCaller } from './record-caller.ts'
import { response } from './response.ts'
import { ringGroup } from './ring-group.ts'
import { sendDtmf } from './send-dtmf.ts'
import { setAlertInfo } from './set-alert-info.ts'
import { setCid } from './set-cid.ts'
import { setVariable } from './set-variable.ts'
import { setVariables } from './set-variables.ts'
import { set } from './set.ts'
import { sleep } from './sleep.ts'
import { temporalRoute } from './temporal-route.ts'
import { tts } from './tts.ts'
import { user } from './user.ts'
import { waitForHangup } from './wait-for-hangup.ts'
import { webhook } from './webhook.ts'

export { pivot } from './pivot.ts'

/** The outside world as actions need it. */
export interface ActionPorts {
  readonly documents: Documents
  readonly callflows: Callflows
  readonly deliveries: Deliveries
  readonly recordings: Recordings
  /** What reaches other parties: the driver of the calls. */
  readonly calling: Calling
  /** The action `pivot`, which needs more than a port. */
  readonly pivot: Action
}

/**
 * Every action there is, in the order to read about them: sound, digits, the call itself, other parties, branches,
 * variables.
 */
export const allActions = ({
  documents,
  callflows,
  deliveries,
  recordings,
  calling,
  pivot,
}: ActionPorts): readonly Action[] => [
  pivot,
  play,
  tts,
  audioMacro,
  collectDtmf,
  flushDtmf,
  sendDtmf,
  menu({ documents, callflows, recordings }),
  recordCaller(recordings),
  answer,
  response,
  hangup,
  sleep,
  noop,
  deadAir,
  waitForHangup,
  device({ documents, callflows, calling }),
  user({ documents, callflows, calling }),
  ringGroup({ documents, callflows, calling }),
  group({ documents, callflows, calling }),
  callForward(documents),
  doNotDisturb(documents),
  language,
  callflow(callflows),
  branchVariable(documents),
  branchBnumber(callflows),
  checkCid,
  temporalRoute(documents),
  set,
  setVariable,
  setVariables,
  setCid,
  prependCid,
  setAlertInfo,
  privacy(callflows),
  webhook(deliveries),
]
