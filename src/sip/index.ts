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
export type { Flow, InviteSession, SessionEnd, SessionListener, SipAddress } from './session.ts'
export type { Header } from './serialize.ts'
export { bareHost, hostForUri, parseUri, userOf } from './uri.ts'
export {
  defaultRegistrarLimits,
  type Binding,
  type Bindings,
  type Claim,
  type Contact,
  type DigestAlgorithm,
  type Phone,
  type PhoneBook,
  type PhoneQuery,
  type Rebinding,
  type RegistrarLimits,
  type RegistrarOptions,
} from './registrar-port.ts'
