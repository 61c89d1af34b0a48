export { openAutomaticRecording, type AutomaticRecording } from './automatic-recording.ts'
export { callerIdentity, type CallerIdentity, type CallerIdKind } from './caller-id.ts'
export {
  deviceBranches,
  guestBranches,
  memberBranches,
  numberBranches,
  outsideBranches,
  userBranches,
} from './branches.ts'
export { findDialled, type Dialled } from './dialled.ts'
export { membersByCallerId, type CallerIdType } from './by-caller-id.ts'
export { groupMembers, readMembers, type GroupStrategy } from './members.ts'
export { findWayOut, type FoundWayOut } from './outside.ts'
export { guestsOf, ownerOf } from './phone.ts'
export { callerRestrictions } from './caller-restrictions.ts'
export { deniedClass, restrictionOf } from './restriction.ts'
export { openOutside, wayOutOf, type Outside, type WayOut } from './way-out.ts'
export { beginRinging, type Manner, type Ringing, type RingingPorts } from './ringing.ts'
export {
  dialledTarget,
  isApproved,
  isKinOf,
  targetDevices,
  type DialledKind,
  type PickUpApproval,
  type PickUpTarget,
} from './pick-up.ts'
export { holdMusic } from './hold-music.ts'
