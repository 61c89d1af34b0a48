import { everyLeg, soundsMs, type Heard, type Incoming } from '../../../test/contract/leg.ts'
import { transferringSimulated } from '../../../test/support/transferring.ts'
import { VirtualClock } from '../../base/index.ts'
import type { LegEvent } from '../../call/index.ts'
import { durations, simulatedLeg, type FarEnd } from './index.ts'

const party = (user: string) => ({ user, realm: 'a1.example' })

/** What the far end noticed of `farEnd`'s leg: signalling, and what it heard for how long. */
function witness(farEnd: FarEnd, clock: VirtualClock) {
  const seen: string[] = []
  const heard: { media: string; from: number; until: number | undefined }[] = []
  let isAnswered = false
  farEnd.observe((event: LegEvent) => {
    if (event.type === 'leg.ringing') seen.push('ringing')
    if (event.type === 'leg.early') seen.push('early')
    if (event.type === 'leg.answered') {
      isAnswered = true
      seen.push('answered')
    }
    if (event.type === 'leg.ended') seen.push(isAnswered ? 'hung up' : `refused ${event.sipStatus}`)
    if (event.type === 'media.started' && event.media.kind === 'stored') {
      heard.push({ media: event.media.id, from: clock.now(), until: undefined })
    }
    const last = heard.at(-1)
    if (event.type === 'media.ended' && last !== undefined) last.until = clock.now()
  })
  return {
    sees: async () => seen,
    hears: async () => heard.map(({ media, from, until }): Heard => ({ media, ms: (until ?? clock.now()) - from })),
  }
}

everyLeg('simulator', async (replaces): Promise<Incoming> => {
  const clock = new VirtualClock()
  const durationOf = durations(
    new Map<string, number | 'missing'>([...Object.entries(soundsMs), ['missing', 'missing']]),
  )
  const { leg, farEnd } = simulatedLeg({
    clock,
    from: party('+15551230001'),
    to: party('100'),
    durationOf,
    ...(replaces === undefined ? {} : { replaces }),
  })
  const { sees, hears } = witness(farEnd, clock)
  let isOpen = true
  const pass = async (): Promise<void> => {
    while (isOpen) await clock.step()
  }
  const passing = pass()
  return {
    leg,
    clock,
    farEnd: {
      ...transferringSimulated(farEnd),
      hangUp: () => farEnd.hangUp(),
      press: (digit) => farEnd.press(digit),
      speak: (isSpeaking) => farEnd.speaks(isSpeaking),
      hears,
      sees,
    },
    close: async () => {
      isOpen = false
      await passing
    },
  }
})
