import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { never } from '../../base/index.ts'
import { toneAmplitude } from '../../media/index.ts'
import { everyRoom, type GuestName, type Hotel } from '../../../test/contract/room.ts'
import { pitches, SipOffice } from '../../../test/support/sip-office.ts'

const voices: Readonly<Record<GuestName, number>> = { ann: 300, bob: 800, cid: 1_300 }
const sounds = { ...voices, welcome: pitches.welcome, menu: pitches.menu }
/** Less than any of them has after all were turned down together. */
const audible = 0.1

everyRoom('embedded', async (): Promise<Hotel> => {
  const office = await SipOffice.open()
  const { clock } = office
  return {
    driver: office.driver,
    clock,
    async ring(name) {
      const { leg, rtp, session } = await office.ring({ voiceHz: voices[name] })
      return {
        leg,
        farEnd: {
          hangUp: () => session.hangUp(),
          press: (digit) => rtp.press(digit),
          speak: (isSpeaking) => {
            rtp.isSpeaking = isSpeaking
          },
          hears: async () => rtp.runs(sounds),
          sees: async () => session.said,
          hearing: async () => {
            const samples = rtp.last(200)
            const heard = Object.entries(sounds).filter(([, hz]) => toneAmplitude(samples, hz) > audible)
            return heard.map(([who]) => who)
          },
        },
      }
    },
    close: () => office.close(),
  }
})

test('embedded: the recording of a room holds what all say and what is played', async () => {
  const office = await SipOffice.open()
  const [ann, bob] = [await office.ring({ voiceHz: voices.ann }), await office.ring({ voiceHz: voices.bob })]
  const room = office.driver.room({ beside: ann.leg })
  for (const { leg, rtp } of [ann, bob]) {
    await leg.answer()
    rtp.isSpeaking = true
    void room.join(leg, { signal: never })
  }
  await office.clock.sleep(200)
  const recording = room.record({ signal: never, maxMs: 500, trim: false })
  const music = { kind: 'stored', accountId: 'demo', id: 'menu' } as const
  await room.play(music, { signal: never, times: 2 })
  const { path = '' } = await recording
  const { buffer, byteOffset } = Uint8Array.from(await readFile(path))
  const samples = new Int16Array(buffer, byteOffset + 44).subarray(1_600, 3_200)
  for (const hz of [voices.ann, voices.bob, pitches.menu]) expect(toneAmplitude(samples, hz)).toBeGreaterThan(audible)
  await office.close()
})
