export { nextLegState, type LegInput, type LegState } from './state.ts'
export {
  causeOfQ850,
  causeOfSipStatus,
  Hangup,
  hangupCauses,
  isHangupCause,
  type EndedBy,
  type HangupCause,
} from './causes.ts'
export {
  mediaSource,
  nameOf,
  type Audio,
  type AudioLibrary,
  type MediaScope,
  type MediaSource,
  type Speech,
} from './media.ts'
export {
  allKeys,
  isDigit,
  mostCallRecordings,
  Replaced,
  type CallRecording,
  type Digit,
  type Leg,
  type LegEvent,
  type PlayOptions,
  type RecordCallOptions,
  type Recording,
  type RecordingEnd,
  type RecordOptions,
  type ReferOptions,
} from './leg.ts'
export type { Party } from './party.ts'
export { DigitQueue } from './digit-queue.ts'
export {
  mostEavesdroppers,
  nameOfTarget,
  type BridgeEnd,
  type BridgeOptions,
  type CallerId,
  type Calling,
  type Capabilities,
  type DeviceTarget,
  type DialOptions,
  type Driver,
  type EavesdropOptions,
  type Eavesdropping,
  type MessagesWaiting,
  type RoomOptions,
  type Target,
  type Whisper,
} from './driver.ts'
export type { JoinOptions, Member, MemberSettings, Room, RoomRecordOptions, StayEnd } from './room.ts'
export { isOfTheWay } from './dialling/causes.ts'
export { confirmsByKey } from './dialling/confirm.ts'
export { connect } from './dialling/connect.ts'
export { page, type PagePlan } from './dialling/page.ts'
export { talk } from './dialling/talk.ts'
export { waitForPartner, type WaitOptions } from './dialling/wait.ts'
export type {
  Branch,
  BranchResult,
  Connected,
  DialPlan,
  NotConnected,
  PartyOptions,
  Talked,
  TalkOptions,
} from './dialling/plan.ts'
export { storyForm } from './description.ts'
export type {
  CallDescribed,
  CallEvent,
  CallFact,
  ConferenceCallEvent,
  DescriptionEvent,
  FlowEvent,
  PartyEvent,
  PivotEvent,
  QueueEvent,
  ReadFact,
  Timing,
  TwimlEvent,
} from './events.ts'
export {
  Call,
  type Account,
  type BesideOptions,
  type Caller,
  type CallObserver,
  type CallOptions,
  type Transferor,
} from './call.ts'
export { recordInBackground, usualRecordingName, type RecordingOrder } from './background-recording.ts'
export type { CallVariables, LastRecording } from './variables.ts'
export {
  answerWith,
  collectDigits,
  digitWithin,
  playUntilDigit,
  prepareAhead,
  type Collected,
  type CollectOptions,
  type PlayUntilDigitOptions,
} from './listen.ts'
export { counterpartOf, type Exchange } from './exchange.ts'
export { cdrAt, cdrOf, legRecordOf } from './cdr.ts'
export type { Cdr, CdrReport, LegEnd, LegRecord } from './leg-record.ts'
export type { BackgroundRecording, KeepOptions, KeptCallRecording, Recordings, RecordingUpload } from './recordings.ts'
export { sayText, sayTypes, type SayMethod, type Saying, type SayType } from './say.ts'
export { dateWords, numberWords, ordinal, timeWords, type DateFields } from './english.ts'
