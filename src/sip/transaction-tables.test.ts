import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstState, nextStep, transactionTables, type Input, type Kind, type State } from './transaction-tables.ts'

const kinds = Object.keys(transactionTables) as readonly Kind[]
const inputs: readonly Input[] = [
  'request',
  'ack',
  'cancel',
  'provisional',
  'success',
  'failure',
  'repeat',
  'expired',
  'transportError',
]

const statesOf = (kind: Kind): readonly State[] => Object.keys(transactionTables[kind]) as readonly State[]

test('every state that a step leads to has a row of its own, or is the end', () => {
  for (const kind of kinds) {
    for (const state of statesOf(kind)) {
      for (const input of inputs) {
        const [next] = nextStep(kind, state, input)
        expect([...statesOf(kind), 'terminated']).toContain(next)
      }
    }
  }
})

test('every state can be reached and can be left for the end', () => {
  for (const kind of kinds) {
    const reached = new Set<State>([firstState[kind]])
    for (const state of reached) for (const input of inputs) reached.add(nextStep(kind, state, input)[0])
    expect([...reached].toSorted()).toEqual([...statesOf(kind), 'terminated'].toSorted())
    // Those that wait for their owner to answer have no timer.
    for (const state of statesOf(kind)) if (!isOwners(kind, state)) expect(afterTimers(kind, state)).toBe('terminated')
  }
})

const isOwners = (kind: Kind, state: State): boolean =>
  kind.startsWith('server') && (state === 'trying' || state === 'proceeding')

/** What becomes of it when nothing but its timers come. */
function afterTimers(kind: Kind, from: State): State {
  let state = from
  for (let timer = 0; timer < 3; timer++) state = nextStep(kind, state, 'expired')[0]
  return state
}

test('an INVITE of ours that is cancelled is acknowledged whatever it is answered, and ends by itself', () => {
  const responses = fc.constantFrom<Input>('provisional', 'success', 'failure', 'expired', 'cancel')
  fc.assert(
    fc.property(fc.array(responses), (story) => {
      let [state] = nextStep('clientInvite', 'proceeding', 'cancel')
      for (const input of story) {
        const [next, actions] = nextStep('clientInvite', state, input)
        if (state === 'cancelled' && input === 'failure') expect(actions).toContain('ack')
        if (state === 'cancelled' && input === 'success') expect(actions).toContain('pass')
        expect(actions).not.toContain('timeout')
        expect(next).not.toMatch(/calling|proceeding/)
        state = next
      }
      expect(afterTimers('clientInvite', state)).toBe('terminated')
    }),
  )
})

test('what has ended stays so, whatever comes', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.array(fc.constantFrom(...inputs)), (kind, story) => {
      let state: State = firstState[kind]
      let finals = 0
      for (const input of story) {
        const [next, actions] = nextStep(kind, state, input)
        if (state === 'terminated') expect([next, actions]).toEqual(['terminated', []])
        if (next === 'terminated' && state !== 'terminated') finals++
        state = next
      }
      expect(finals).toBeLessThanOrEqual(1)
    }),
  )
})

test('a state that ends by itself starts the timer that ends it', () => {
  const ending = { cancelled: /B/, accepted: /L|M/, completed: /D|H|J|K/, confirmed: /I/ } as const
  for (const kind of kinds) {
    for (const state of statesOf(kind)) {
      for (const input of inputs) {
        const [next, actions] = nextStep(kind, state, input)
        if (next === state || !(next in ending)) continue
        expect(actions.join(' '), `${kind} ${state} ${input}`).toMatch(ending[next as keyof typeof ending])
      }
    }
  }
})

test('a retransmitted request never reaches the owner', () => {
  for (const kind of ['serverInvite', 'serverOther'] as const) {
    for (const state of statesOf(kind)) expect(nextStep(kind, state, 'request')[1]).not.toContain('pass')
  }
})
