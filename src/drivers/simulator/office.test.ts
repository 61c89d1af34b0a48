import { everyOffice, type CalleeEnd, type Office, type Talker } from '../../../test/contract/bridge.ts'
import { soundsMs, type Heard } from '../../../test/contract/leg.ts'
import { transferringSimulated } from '../../../test/support/transferring.ts'
import { passTime } from '../../../test/support/pass-time.ts'
import { Failure, VirtualClock } from '../../base/index.ts'
import type { DeviceTarget, LegEvent, MessagesWaiting } from '../../call/index.ts'
import { durations, newSimulator, type DialledCallee, type FarEnd } from './index.ts'

const realm = 'a1.example'
const device = (username: string): DeviceTarget => ({
  kind: 'device',
  accountId: 'demo',
  deviceId: `device-${username}`,
  username,
  realm,
})

/** What `farEnd` notices of its leg. */
function talker(farEnd: FarEnd, clock: VirtualClock, seen: string[] = []): Talker {
  const heard: { media: string; from: number; until: number | undefined }[] = []
  let isAnswered = false
  farEnd.observe((event: LegEvent) => {
    if (event.type === 'leg.answered') isAnswered = true
    if (event.type === 'leg.ended') seen.push(isAnswered ? 'hung up' : 'cancelled')
    if (event.type === 'media.started' && event.media.kind === 'stored') {
      heard.push({ media: event.media.id, from: clock.now(), until: undefined })
    }
    const last = heard.at(-1)
    if (event.type === 'media.ended' && last !== undefined) last.until = clock.now()
  })
  return {
    hold: (isHeld) => farEnd.hold(isHeld),
    ...transferringSimulated(farEnd),
    hangUp: () => farEnd.hangUp(),
    press: (digit) => farEnd.press(digit),
    speak: (isSpeaking) => farEnd.speaks(isSpeaking),
    hears: async () => heard.map(({ media, from, until }): Heard => ({ media, ms: (until ?? clock.now()) - from })),
    sees: async () => seen,
    hearsOther: async () => farEnd.hearsOther,
    digits: async () => farEnd.digits,
  }
}

function calleeOf({ callee, options }: DialledCallee, clock: VirtualClock): CalleeEnd {
  const { callerId, headers } = options
  return {
    ...talker(callee, clock, ['called']),
    ring: () => callee.ring(),
    sendEarly: () => callee.sendsEarly(),
    answer: () => callee.answer(),
    refuse: (sipStatus) => callee.refuse(sipStatus),
    shown: async () => ({ number: callerId.number, name: callerId.name, headers }),
  }
}

everyOffice('simulator', async (): Promise<Office> => {
  const clock = new VirtualClock()
  const passing = passTime(clock)
  const callees: CalleeEnd[] = []
  const durationOf = durations(new Map<string, number | 'missing'>([...Object.entries(soundsMs), ['gone', 'missing']]))
  const messages: MessagesWaiting[] = []
  const driver = newSimulator({
    clock,
    onMessages: (_device, waiting) => messages.push(waiting),
    durationOf,
    onDial: (dialled) => {
      if (dialled.target.kind === 'device' && dialled.target.username === 'nobody') {
        throw new Failure('DIAL_NOT_REGISTERED', { username: 'nobody', realm })
      }
      callees.push(calleeOf(dialled, clock))
    },
  })
  await driver.listen(() => undefined, new AbortController().signal)
  return {
    driver,
    clock,
    target: device('u1'),
    device: device('u1'),
    messagesTold: () => messages,
    nobody: device('nobody'),
    ring: async () => {
      const party = { user: '+15551230001', realm }
      const { leg, farEnd } = driver.call({ from: party, to: { user: '100', realm }, durationOf })
      return { leg, farEnd: talker(farEnd, clock) }
    },
    callee: async () => callees.at(-1) as CalleeEnd,
    close: () => passing.stop(),
  }
})
