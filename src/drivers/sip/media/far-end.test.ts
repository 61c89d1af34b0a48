import { expect, test } from 'vitest'
import type { RtpPacket } from '../../../rtp/index.ts'
import type { MediaAgreement } from '../media-port.ts'
import { FarEnd } from './far-end.ts'

const packet = { payloadType: 0 } as RtpPacket
const agreement = {
  address: '2001:DB8:0:0:0:0:0:1',
  signallingAddress: '192.0.2.1',
  port: 4000,
  payloadType: 0,
} as MediaAgreement

test.each([
  ['2001:db8::1', true],
  ['::ffff:192.0.2.1', true],
  ['2001:db8::2', false],
])('an IPv6 address is the same however SDP writes it: sound from %s counts: %s', (address, counts) => {
  const farEnd = new FarEnd()
  farEnd.agree(agreement)
  expect(farEnd.speaks(agreement, packet, { address, port: 5000 })).toBe(counts)
  expect(farEnd.destination?.port).toBe(counts ? 5000 : 4000)
})
