import type { Call } from '../../call/index.ts'
import type { SessionState } from '../../twiml/index.ts'

/** What the parameters of a request are made from. */
export interface Facts {
  readonly call: Call
  readonly state: SessionState
  /** The call that this one was dialled for. */
  readonly parent?: Call
}

/** Twilio's words for how far a call has come. */
export function callStatusOf({ call, state }: Facts): string {
  if (state.callStatus !== undefined) return state.callStatus
  switch (call.leg.state) {
    case 'ringing':
    case 'early':
      return 'ringing'
    case 'answered':
      return 'in-progress'
    case 'ended':
      return call.answeredAt === undefined ? 'no-answer' : 'completed'
  }
}
