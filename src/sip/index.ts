export type { Flow, InviteSession, SessionEnd, SessionListener, SipAddress } from './session.ts'
export {
  defaultSipLimits,
  type OpenSipServer,
  type SipCounters,
  type SipLimits,
  type SipServer,
  type SipServerOptions,
} from './server-port.ts'
