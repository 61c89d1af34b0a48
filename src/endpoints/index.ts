export { callerIdentity, type CallerIdentity, type CallerIdKind } from './caller-id.ts'
export { deviceBranches, memberBranches, numberBranches, userBranches } from './branches.ts'
export { groupMembers, readMembers, type GroupStrategy } from './members.ts'
export { beginRinging, type Manner, type Ringing, type RingingPorts } from './ringing.ts'
