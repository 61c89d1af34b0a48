import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeRtpHeader } from './packet.ts'
import { packetCipher } from './srtp-cipher.ts'
import { masterBytes, sessionKeys, srtpSuites, type SrtpKey, type SrtpSuite } from './srtp-suite.ts'
import { SrtpReceiver, SrtpSender } from './srtp.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
const hex = (from: Uint8Array | undefined): string => Buffer.from(from ?? []).toString('hex')
const suites = Object.keys(srtpSuites) as SrtpSuite[]

/** RFC 3711 appendix B.3. */
const appendixB: SrtpKey = {
  suite: 'AES_CM_128_HMAC_SHA1_80',
  master: bytes('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6'),
}

const keyOf = (suite: SrtpSuite, fill = 1): SrtpKey => ({
  suite,
  master: Uint8Array.from({ length: masterBytes(suite) }, (_, i) => i * fill),
})

function packetOf(sequence: number, ssrc = 7, payload: Uint8Array = new Uint8Array(160).fill(sequence)): Uint8Array {
  const packet = new Uint8Array(12 + payload.length)
  writeRtpHeader(packet, { marker: false, payloadType: 0, sequence, timestamp: sequence * 160, ssrc })
  packet.set(payload, 12)
  return packet
}

/** A packet as it comes in: nobody else's buffer. */
const sent = (sender: SrtpSender, packet: Uint8Array): Uint8Array => Uint8Array.from(sender.protect(packet))

describe('what others have computed', () => {
  test('keys of a session (RFC 3711 appendix B.3)', () => {
    const { cipherKey, authKey, salt } = sessionKeys(appendixB, 'rtp')
    expect(hex(cipherKey)).toBe('c61e7a93744f39ee10734afe3ff7a087')
    expect(hex(salt)).toBe('30cbbc08863d8c85d49db34a9ae1')
    expect(hex(authKey)).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4')
  })

  test('the keystream of counter mode, over all of its blocks (RFC 3711 appendix B.2)', () => {
    const keys = {
      cipherKey: bytes('2B7E151628AED2A6ABF7158809CF4F3C'),
      salt: bytes('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'),
      authKey: new Uint8Array(20),
    }
    const end = 0xff02 * 16
    const stream = new Uint8Array(end + 10)
    const parts = { start: 0, end, tag: end, tagBytes: 10 }
    packetCipher(srtpSuites.AES_CM_128_HMAC_SHA1_80, keys).seal(stream, parts, { ssrc: 0, rollover: 0, number: 0 })
    const block = (index: number): string => hex(stream.subarray(index * 16, index * 16 + 16))
    expect([0, 1, 2].map(block)).toEqual([
      'e03ead0935c95e80e166b16dd92b4eb4',
      'd23513162b02d0f72a43a2fe4a5f97ab',
      '41e95b3bb0a2e8dd477901e4fca894c0',
    ])
    expect([0xfeff, 0xff00, 0xff01].map(block)).toEqual([
      'ec8cdf7398607cb0f2d21675ea9ea1e4',
      '362b7c3c6773516318a077d7fc5073ae',
      '6a2cc3787889374fbeb4c81b17ba6c44',
    ])
  })

  test('a packet and a report, as libsrtp has them', () => {
    const sender = new SrtpSender(appendixB)
    const packet = bytes(`800f1234decafbadcafebabe ${'ab'.repeat(16)}`)
    expect(hex(sender.protect(packet))).toBe(
      '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
    )
    // Its first report has the index 1.
    const report = bytes(`81c8000bcafebabe ${'ab'.repeat(16)}`)
    sender.protectRtcp(report)
    expect(hex(sender.protectRtcp(report))).toBe(
      '81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798',
    )
  })

  test('a packet in GCM (RFC 7714 section 16.1.1)', () => {
    const cipherKey = bytes('000102030405060708090a0b0c0d0e0f')
    const salt = bytes('517569642070726f2071756f')
    const packet = new Uint8Array(12 + 38 + 16)
    packet.set(bytes('8040f17b8041f8d35501a0b2 47616c6c696120657374206f6d6e697320646976697361'))
    packet.set(bytes('20696e207061727465732074726573'), 12 + 23)
    const cipher = packetCipher(srtpSuites.AEAD_AES_128_GCM, { cipherKey, salt, authKey: salt })
    const parts = { start: 12, end: 50, tag: 50, tagBytes: 16 }
    const place = { ssrc: 0x5501a0b2, rollover: 0, number: 0xf17b }
    cipher.seal(packet, parts, place)
    expect(hex(packet.subarray(12))).toBe(
      'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
    )
    expect(cipher.open(packet, parts, place)).toBe(true)
    expect(Buffer.from(packet.subarray(12, 50)).toString()).toBe('Gallia est omnis divisa in partes tres')
  })
})

describe.each(suites)('%s', (suite) => {
  test('what is sent is not what is said, and is what is received', () => {
    const [sender, receiver] = [new SrtpSender(keyOf(suite)), new SrtpReceiver(keyOf(suite))]
    const packet = packetOf(1)
    const secret = sent(sender, packet)
    expect(secret).toHaveLength(172 + srtpSuites[suite].tagBytes)
    expect(secret.subarray(0, 12)).toEqual(packet.subarray(0, 12))
    expect(secret.subarray(12, 172)).not.toEqual(packet.subarray(12))
    expect(receiver.unprotect(secret)).toEqual(packet)
  })

  test('reports too, and of these each once', () => {
    const [sender, receiver] = [new SrtpSender(keyOf(suite)), new SrtpReceiver(keyOf(suite))]
    const report = bytes('80c90001 00000007 81ca0003 00000007 01026162 00000000')
    const [first, second] = [1, 2].map(() => Uint8Array.from(sender.protectRtcp(report)))
    const again = Uint8Array.from(first ?? [])
    expect(hex(first)).not.toContain('01026162')
    expect(first).not.toEqual(second)
    expect(receiver.unprotectRtcp(first ?? report)).toEqual(report)
    expect(receiver.unprotectRtcp(second ?? report)).toEqual(report)
    expect(receiver.unprotectRtcp(again)).toBeUndefined()
  })

  test('whatever is changed on the way, and whatever another key made, is refused', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, isReport) => {
        const [sender, receiver] = [new SrtpSender(keyOf(suite)), new SrtpReceiver(keyOf(suite))]
        const packet = isReport ? Uint8Array.from(sender.protectRtcp(packetOf(9))) : sent(sender, packetOf(9))
        const changed = Uint8Array.from(packet)
        changed[at % packet.length] = (changed[at % packet.length] ?? 0) ^ change
        const open = (what: Uint8Array): unknown => (isReport ? receiver.unprotectRtcp(what) : receiver.unprotect(what))
        expect(open(changed)).toBeUndefined()
        expect(new SrtpReceiver(keyOf(suite, 3)).unprotect(Uint8Array.from(packet))).toBeUndefined()
        expect(open(packet)).toBeDefined()
      }),
      { numRuns: 50 },
    )
  })

  test('loss, repetition, lateness and numbers that wrap do not matter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(fc.record({ copies: fc.integer({ min: 0, max: 2 }), late: fc.nat({ max: 20 }) }), { maxLength: 60 }),
        (first, way) => {
          const [sender, receiver] = [new SrtpSender(keyOf(suite)), new SrtpReceiver(keyOf(suite))]
          const arrivals = way.flatMap(({ copies, late }, i) => {
            const secret = sent(sender, packetOf((first + i) & 0xffff))
            return Array.from({ length: copies }, () => ({ atFrame: i + late, i, secret: Uint8Array.from(secret) }))
          })
          arrivals.sort((a, b) => a.atFrame - b.atFrame)
          const begun = arrivals[0]?.i ?? 0
          const taken = new Set<number>()
          for (const { i, secret } of arrivals) {
            const packet = receiver.unprotect(secret)
            // What comes from before the first that was heard, and from before a wrap, cannot be placed.
            if (first + begun > 0xffff && first + i <= 0xffff) continue
            const expected = taken.has(i) ? undefined : packetOf((first + i) & 0xffff)
            expect(packet).toEqual(expected)
            taken.add(i)
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('a long call', () => {
  const key = keyOf('AES_CM_128_HMAC_SHA1_80')

  /** After so many wraps of the sequence number, seen from both ends. */
  function after(wraps: number): { sender: SrtpSender; receiver: SrtpReceiver } {
    const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)]
    for (let i = 0; i <= wraps * 4; i++) receiver.unprotect(sent(sender, packetOf((i * 0x4000) & 0xffff)))
    return { sender, receiver }
  }

  test('goes on after 65536 packets, and after 65536 more', () => {
    const { sender, receiver } = after(3)
    const packet = packetOf(5)
    expect(receiver.unprotect(sent(sender, packet))).toEqual(packet)
    expect(new SrtpReceiver(key).unprotect(sent(sender, packetOf(6)))).toBeUndefined()
  })

  test('a packet from before is not taken again, however old it is', () => {
    const { sender, receiver } = after(2)
    const old = sent(sender, packetOf(10))
    expect(receiver.unprotect(Uint8Array.from(old))).toBeDefined()
    for (let i = 11; i < 300; i++) receiver.unprotect(sent(sender, packetOf(i)))
    expect(receiver.unprotect(old)).toBeUndefined()
  })

  test('new keys may begin to count anew, or go on counting', () => {
    const { sender, receiver } = after(3)
    expect(new SrtpReceiver(key, receiver).unprotect(sent(sender, packetOf(7)))).toEqual(packetOf(7))
    expect(new SrtpReceiver(key, receiver).unprotect(sent(new SrtpSender(key), packetOf(7)))).toEqual(packetOf(7))
  })

  test('a sender whose first packets were lost while its numbers wrapped is heard', () => {
    const sender = new SrtpSender(key)
    sent(sender, packetOf(0xffff))
    expect(new SrtpReceiver(key).unprotect(sent(sender, packetOf(0)))).toEqual(packetOf(0))
  })

  test('another source has numbers of its own, and only the latest sources are remembered', () => {
    const { sender, receiver } = after(2)
    for (let ssrc = 100; ssrc < 140; ssrc++) {
      const packet = packetOf(1, ssrc)
      expect(receiver.unprotect(sent(sender, packet))).toEqual(packet)
    }
    expect(receiver.indexes).toHaveLength(16)
  })

  test('a source that cannot prove itself is not remembered', () => {
    const receiver = new SrtpReceiver(key)
    for (let ssrc = 0; ssrc < 20; ssrc++)
      receiver.unprotect(new Uint8Array([...packetOf(1, ssrc), ...new Uint8Array(10)]))
    expect(receiver.indexes).toEqual([])
  })
})

test('a key that is named in each packet (MKI) is passed over', () => {
  for (const suite of suites) {
    const { cipher, tagBytes } = srtpSuites[suite]
    const secret = sent(new SrtpSender(keyOf(suite)), packetOf(1))
    const tag = secret.length - tagBytes
    const [before, behind] = [secret.subarray(0, tag), secret.subarray(tag)]
    const named = Uint8Array.from(
      cipher === 'gcm' ? [...before, ...behind, 1, 2, 3, 4] : [...before, 1, 2, 3, 4, ...behind],
    )
    expect(new SrtpReceiver({ ...keyOf(suite), mkiBytes: 4 }).unprotect(named)).toEqual(packetOf(1))
  }
})

test('headers with sources and an extension are authenticated, but not encrypted', () => {
  const packet = new Uint8Array(12 + 8 + 8 + 20)
  packet.set(bytes('92000001 00000000 00000007 00000001 00000002 bede0001 01020304'))
  for (const suite of suites) {
    const secret = sent(new SrtpSender(keyOf(suite)), packet)
    expect(secret.subarray(0, 28)).toEqual(packet.subarray(0, 28))
    expect(secret.subarray(28, 48)).not.toEqual(packet.subarray(28))
    expect(new SrtpReceiver(keyOf(suite)).unprotect(secret)).toEqual(packet)
  }
})

test('whatever comes, it is refused and nothing more', () => {
  const receivers = suites.map((suite) => new SrtpReceiver({ ...keyOf(suite), mkiBytes: suite.length % 5 }))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000, size: 'max' }), (junk) => {
      for (const receiver of receivers) {
        expect(receiver.unprotect(Uint8Array.from(junk))).toBeUndefined()
        expect(receiver.unprotectRtcp(Uint8Array.from(junk))).toBeUndefined()
      }
    }),
    { numRuns: 200 },
  )
})
