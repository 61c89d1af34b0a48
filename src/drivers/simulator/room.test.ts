import { expect, test } from 'vitest'
import { soundsMs, type Heard } from '../../../test/contract/leg.ts'
import { everyRoom, type Hotel } from '../../../test/contract/room.ts'
import { passTime } from '../../../test/support/pass-time.ts'
import { never, VirtualClock } from '../../base/index.ts'
import { nameOf } from '../../call/index.ts'
import { durations, newSimulator } from './index.ts'

const durationOf = durations(new Map<string, number | 'missing'>([...Object.entries(soundsMs), ['missing', 'missing']]))
const party = (user: string) => ({ user, realm: 'a1.example' })

function open() {
  const clock = new VirtualClock()
  const driver = newSimulator({ clock, durationOf })
  void driver.listen(() => undefined, new AbortController().signal)
  const ring = (name: string) => driver.call({ callId: name, from: party(name), to: party('100'), durationOf })
  return { clock, driver, ring }
}

everyRoom('simulator', async (): Promise<Hotel> => {
  const { clock, driver, ring } = open()
  const passing = passTime(clock)
  return {
    driver,
    clock,
    async ring(name) {
      const { leg, farEnd } = ring(name)
      return {
        leg,
        farEnd: {
          hangUp: () => farEnd.hangUp(),
          press: (digit) => farEnd.press(digit),
          speak: (isSpeaking) => farEnd.speaks(isSpeaking),
          hears: async (): Promise<Heard[]> => [],
          sees: async () => [],
          hearing: async () => [...farEnd.voicesHeard].sort().concat(farEnd.soundsHeard.map(nameOf)),
        },
      }
    },
    close: () => passing.stop(),
  }
})

test('simulator: the recording of a room is as long as what was said, when it is trimmed', async () => {
  const { clock, driver, ring } = open()
  const passing = passTime(clock)
  const { leg, farEnd } = ring('ann')
  await leg.answer()
  const room = driver.room()
  void room.join(leg, { signal: never })
  const recording = room.record({ signal: never, maxMs: 5_000, trim: true })
  await clock.sleep(1_000)
  await farEnd.speak(700)
  expect(await recording).toMatchObject({ durationMs: 700, endedBy: 'limit', hadSpeech: true })
  const quiet = await room.record({ signal: never, maxMs: 1_000, trim: true })
  expect(quiet).toMatchObject({ durationMs: 0, hadSpeech: false })
  await passing.stop()
})
