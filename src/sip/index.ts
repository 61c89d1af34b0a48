export { openSipServer } from './server.ts'
export {
  defaultSipLimits,
  type SipCounters,
  type SipLimits,
  type SipServer,
  type SipServerOptions,
} from './server-port.ts'
export type {
  Credentials,
  InviteOptions,
  OutgoingListener,
  OutgoingSession,
  Party,
  Rejection,
  SipCaller,
} from './outgoing-port.ts'
export type {
  DialogId,
  Flow,
  InviteSession,
  Referral,
  ReferOutcome,
  SessionEnd,
  SessionListener,
  SipAddress,
  Transferable,
} from './session.ts'
export type { Header } from './serialize.ts'
export { bareHost, hostForUri, parseUri, userOf } from './uri.ts'
export type {
  Binding,
  Bindings,
  Claim,
  Contact,
  DigestAlgorithm,
  Phone,
  PhoneBook,
  PhoneQuery,
  Rebinding,
  RegistrarLimits,
  RegistrarOptions,
} from './registrar-port.ts'
