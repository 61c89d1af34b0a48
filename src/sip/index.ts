export { openSipServer } from './server.ts'
export {
  defaultSipLimits,
  noTraffic,
  type SipCounters,
  type SipLimits,
  type SipPorts,
  type SipServer,
  type SipServerOptions,
  type TlsSettings,
  type TransportCounters,
  type WebSocketSettings,
} from './server-port.ts'
export type {
  Credentials,
  InviteOptions,
  OutgoingListener,
  OutgoingRegistration,
  OutgoingSession,
  Party,
  RegistrationAnswer,
  RegistrationOptions,
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
export { transportNames, type TransportName } from './transport-name.ts'
export type { Certificate, CertificateSource } from './certificate.ts'
export type { MessageSummary } from './message-summary.ts'
export { resolver, systemNames } from './resolve.ts'
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
