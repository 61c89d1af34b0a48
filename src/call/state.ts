/**
 * The life of one leg.
 *
 *   ringing ──progress──▶ early ──answer──▶ answered ──hangup──▶ ended
 *      └────────────answer────────────────────▲   every state ──hangup──▶ ended
 */
export type LegState = 'ringing' | 'early' | 'answered' | 'ended'
export type LegInput = 'progress' | 'answer' | 'hangup'

export const legTransitions: { readonly [S in LegState]: { readonly [I in LegInput]?: LegState } } = {
  ringing: { progress: 'early', answer: 'answered', hangup: 'ended' },
  early: { answer: 'answered', hangup: 'ended' },
  answered: { hangup: 'ended' },
  ended: {},
}

/** The state after `input`, or undefined when `input` means nothing in `state`. */
export const nextLegState = (state: LegState, input: LegInput): LegState | undefined => legTransitions[state][input]
