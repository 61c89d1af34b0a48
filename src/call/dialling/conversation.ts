import { Outcome } from '../../base/index.ts'
import type { Call } from '../call.ts'
import type { HangupCause } from '../causes.ts'

/** Why a conversation is not what it was: its owner talks with somebody else, or one of the two is taken out of it. */
export class Handover extends Outcome {
  override readonly name = 'Handover'
  readonly kind: 'given' | 'taken' | 'left'
  /** What whoever the owner talked with, or rang for it, is hung up with; undefined = their leg goes on. */
  readonly hangupCause: HangupCause | undefined
  /** What the owner is hung up with; undefined = its leg goes on. */
  readonly ownerCause: HangupCause | undefined

  constructor(kind: Handover['kind'], causes: { readonly partner?: HangupCause; readonly owner?: HangupCause } = {}) {
    super(kind)
    this.kind = kind
    this.hangupCause = causes.partner
    this.ownerCause = causes.owner
  }
}

/** Whoever was given to an owner whose conversation is over already is hung up: nobody would hear them any more. */
export function dismiss(given: Call | undefined): void {
  void given?.leg.hangup('NORMAL_CLEARING')
}
