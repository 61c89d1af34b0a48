/**
 * The four transactions of RFC 3261 section 17, INVITE as corrected by RFC 6026: one function per state, from what
 * happened to the next state and what is to be done. Nothing here knows messages, sockets or time.
 *
 *   server INVITE   proceeding ─2xx─▶ accepted ─L─▶ terminated
 *                       └─3xx-6xx─▶ completed ─ACK─▶ confirmed ─I─▶ terminated
 *   server other    trying ─1xx─▶ proceeding ─final─▶ completed ─J─▶ terminated
 *   client INVITE   calling ─1xx─▶ proceeding ─2xx─▶ accepted ─M─▶ terminated
 *                       └──────────────┼─3xx-6xx─▶ completed ─D─▶ terminated
 *                                      └─CANCEL, C─▶ cancelled ─2xx, 3xx-6xx─▶ accepted, completed
 *                                                        └─B─▶ terminated
 *   client other    trying ─1xx─▶ proceeding ─final─▶ completed ─K─▶ terminated
 */

export type State =
  'trying' | 'calling' | 'proceeding' | 'cancelled' | 'accepted' | 'completed' | 'confirmed' | 'terminated'

/**
 * `cancel`: a CANCEL for our INVITE goes out. `repeat`: timer A, E or G fired. `expired`: one of B, C, D, F, H, I, J, K,
 * L, M fired.
 */
export type Input =
  'request' | 'ack' | 'cancel' | 'provisional' | 'success' | 'failure' | 'repeat' | 'expired' | 'transportError'

/** Timers that end a state. */
export type Life = 'B' | 'C' | 'D' | 'F' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M'

/**
 * `send` our message (again); `ack` a failure response; `pass` what came to the owner; `timeout` and `broken` tell the
 * owner; `repeatDoubling`, `repeatCapped` (at T2) and `repeatSlowly` (every T2) set the timer for sending again, on
 * unreliable transports only; `quiet` clears it; a letter sets the timer that ends the state.
 */
export type Action =
  'send' | 'ack' | 'pass' | 'timeout' | 'broken' | 'repeatDoubling' | 'repeatCapped' | 'repeatSlowly' | 'quiet' | Life

export type Step = readonly [next: State, actions: readonly Action[]]
type Table = Readonly<Partial<Record<State, (input: Input) => Step>>>

function step(next: State, ...actions: readonly Action[]): Step {
  return [next, actions]
}

/** RFC 3261 section 17.2.1, RFC 6026 section 7.1. */
export const serverInvite = {
  proceeding(input) {
    switch (input) {
      case 'request':
      case 'provisional':
        return step('proceeding', 'send')
      case 'success':
        return step('accepted', 'send', 'L')
      case 'failure':
        return step('completed', 'send', 'H', 'repeatCapped')
      case 'transportError':
        return step('terminated', 'broken')
      default:
        return step('proceeding')
    }
  },
  accepted(input) {
    switch (input) {
      case 'success': // The owner repeats 2xx itself (RFC 3261 section 13.3.1.4).
        return step('accepted', 'send')
      case 'expired':
        return step('terminated')
      case 'transportError': // RFC 6026: the owner is told, the transaction stays to absorb the INVITE.
        return step('accepted', 'broken')
      default: // RFC 6026: retransmitted INVITEs are absorbed.
        return step('accepted')
    }
  },
  completed(input) {
    switch (input) {
      case 'request':
        return step('completed', 'send')
      case 'repeat':
        return step('completed', 'send', 'repeatCapped')
      case 'ack':
        return step('confirmed', 'quiet', 'I')
      case 'expired':
        return step('terminated', 'timeout')
      case 'transportError':
        return step('terminated', 'broken')
      default:
        return step('completed')
    }
  },
  confirmed(input) {
    return input === 'expired' ? step('terminated') : step('confirmed')
  },
} as const satisfies Table

/** RFC 3261 section 17.2.2. */
export const serverOther = {
  trying(input) {
    switch (input) {
      case 'provisional':
        return step('proceeding', 'send')
      case 'success':
      case 'failure':
        return step('completed', 'send', 'J')
      case 'transportError':
        return step('terminated', 'broken')
      default: // Retransmissions are dropped until there is something to say.
        return step('trying')
    }
  },
  proceeding(input) {
    switch (input) {
      case 'request':
      case 'provisional':
        return step('proceeding', 'send')
      case 'success':
      case 'failure':
        return step('completed', 'send', 'J')
      case 'transportError':
        return step('terminated', 'broken')
      default:
        return step('proceeding')
    }
  },
  completed(input) {
    switch (input) {
      case 'request':
        return step('completed', 'send')
      case 'expired':
        return step('terminated')
      case 'transportError':
        return step('terminated', 'broken')
      default:
        return step('completed')
    }
  },
} as const satisfies Table

/** RFC 3261 section 17.1.1, RFC 6026 section 7.2. */
export const clientInvite = {
  calling(input) {
    switch (input) {
      case 'request':
        return step('calling', 'send', 'repeatDoubling', 'B')
      case 'repeat':
        return step('calling', 'send', 'repeatDoubling')
      case 'provisional': // Differs from RFC 3261: timer C of proxies guards us too, so that no 1xx can hold it for ever.
        return step('proceeding', 'pass', 'quiet', 'C')
      case 'expired':
        return step('terminated', 'timeout')
      default:
        return clientInviteFinal('calling', input)
    }
  },
  proceeding(input) {
    switch (input) {
      case 'provisional': // RFC 3261 section 16.7, step 2: whoever still rings says so once a minute.
        return step('proceeding', 'pass', 'C')
      case 'cancel': // RFC 3261 section 9.1: 64*T1 after the CANCEL the INVITE is taken for cancelled.
        return step('cancelled', 'B')
      case 'expired': // The owner cancels; what the far end then answers is still acknowledged.
        return step('cancelled', 'timeout', 'B')
      default:
        return clientInviteFinal('proceeding', input)
    }
  },
  cancelled(input) {
    return input === 'expired' ? step('terminated') : clientInviteFinal('cancelled', input)
  },
  accepted(input) {
    switch (input) {
      case 'success': // RFC 6026: the owner answers every 2xx with its ACK.
        return step('accepted', 'pass')
      case 'expired':
        return step('terminated')
      default:
        return step('accepted')
    }
  },
  completed(input) {
    switch (input) {
      case 'failure':
        return step('completed', 'ack')
      case 'expired':
        return step('terminated')
      case 'transportError':
        return step('terminated', 'broken')
      default:
        return step('completed')
    }
  },
} as const satisfies Table

function clientInviteFinal(state: State, input: Input): Step {
  switch (input) {
    case 'success':
      return step('accepted', 'pass', 'quiet', 'M')
    case 'failure':
      return step('completed', 'ack', 'pass', 'quiet', 'D')
    case 'transportError':
      return step('terminated', 'broken')
    default:
      return step(state)
  }
}

/** RFC 3261 section 17.1.2. */
export const clientOther = {
  trying(input) {
    switch (input) {
      case 'request':
        return step('trying', 'send', 'repeatCapped', 'F')
      case 'repeat':
        return step('trying', 'send', 'repeatCapped')
      case 'provisional':
        return step('proceeding', 'pass')
      default:
        return clientOtherFinal('trying', input)
    }
  },
  proceeding(input) {
    switch (input) {
      case 'repeat':
        return step('proceeding', 'send', 'repeatSlowly')
      case 'provisional':
        return step('proceeding', 'pass')
      default:
        return clientOtherFinal('proceeding', input)
    }
  },
  completed(input) {
    return input === 'expired' ? step('terminated') : step('completed')
  },
} as const satisfies Table

function clientOtherFinal(state: State, input: Input): Step {
  switch (input) {
    case 'success':
    case 'failure':
      return step('completed', 'pass', 'quiet', 'K')
    case 'expired':
      return step('terminated', 'timeout')
    case 'transportError':
      return step('terminated', 'broken')
    default:
      return step(state)
  }
}

export const transactionTables = { serverInvite, serverOther, clientInvite, clientOther } as const
export type Kind = keyof typeof transactionTables

export const firstState: Readonly<Record<Kind, State>> = {
  serverInvite: 'proceeding',
  serverOther: 'trying',
  clientInvite: 'calling',
  clientOther: 'trying',
}

/** What `input` makes of a transaction of `kind` in `state`; a terminated one stays so. */
export function nextStep(kind: Kind, state: State, input: Input): Step {
  const table: Table = transactionTables[kind]
  return table[state]?.(input) ?? step(state)
}
