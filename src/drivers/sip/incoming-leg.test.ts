import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, silentLog, VirtualClock } from '../../base/index.ts'
import type { AudioLibrary } from '../../call/index.ts'
import { everyLeg, soundsMs, type Incoming } from '../../../test/contract/leg.ts'
import { FakeInvite } from '../../../test/support/fake-invite.ts'
import { passTime } from '../../../test/support/pass-time.ts'
import { RtpCaller, toneOf } from '../../../test/support/rtp-caller.ts'
import { transferringBySip } from '../../../test/support/transferring.ts'
import { IncomingLeg } from './incoming-leg.ts'
import { openMediaEngine } from './media/engine.ts'
import { readSdp } from './sdp.ts'

const pitches = { welcome: 600, menu: 1000 }

const library: AudioLibrary = {
  open: async (source) => {
    const id = source.kind === 'stored' ? source.id : ''
    if (id !== 'welcome' && id !== 'menu') throw new Failure('MEDIA_NOT_FOUND', { source: id })
    const durationMs = soundsMs[id]
    return { key: id, samples: toneOf(pitches[id], durationMs), durationMs, endless: false }
  },
}

const offerOf = (port: number): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 8 101`,
    'a=rtpmap:101 telephone-event/8000',
    '',
  ].join('\r\n')

async function ring(replaces?: string): Promise<Incoming> {
  const clock = new VirtualClock()
  const time = passTime(clock)
  const recordingsDir = await mkdtemp(join(tmpdir(), 'pivot-leg-'))
  const engine = openMediaEngine({
    clock,
    log: silentLog,
    host: '127.0.0.1',
    ports: { first: 0, last: 0 },
    workers: 0,
    inactivityMs: 0,
  })
  const caller = await RtpCaller.open(clock)
  const session = new FakeInvite({ offer: offerOf(caller.port), ...(replaces === undefined ? {} : { replaces }) })
  const leg = new IncomingLeg({
    session,
    offer: readSdp(offerOf(caller.port)),
    engine,
    audio: library,
    clock,
    log: silentLog,
    address: '127.0.0.1',
    recordingsDir,
    retryAfterSeconds: 5,
    gone: () => undefined,
  })
  return {
    leg,
    clock,
    farEnd: {
      ...transferringBySip(session),
      hangUp: () => session.hangUp(),
      press: (digit) => caller.press(digit),
      speak: (isSpeaking) => {
        caller.isSpeaking = isSpeaking
      },
      hears: async () => {
        await clock.sleep(1) // what was sent last is still on its way
        return caller.runs(pitches)
      },
      sees: async () => session.said,
    },
    close: async () => {
      await engine.close()
      caller.close()
      await time.stop()
      await rm(recordingsDir, { recursive: true })
    },
  }
}

everyLeg('embedded', ring)
