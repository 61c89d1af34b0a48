import { parse } from 'sdp-transform'
import { expect, test } from 'vitest'
import type { MediaAgreement } from './media-port.ts'
import { Negotiation, type NegotiationOptions } from './negotiation.ts'
import { cryptoLine, newKey, type Crypto } from './sdes.ts'
import { readSdp } from './sdp.ts'

const suite = 'AES_CM_128_HMAC_SHA1_80'
const theirs = (tag = 1): Crypto => ({ tag, key: newKey(suite) })

function sdp(crypto?: Crypto, { protocol = 'RTP/SAVP', more = '' } = {}): string {
  const line = crypto === undefined ? '' : cryptoLine(crypto)
  return `v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 ${protocol} 0\r\n${line}${more}`
}
const plain = sdp(undefined, { protocol: 'RTP/AVP' })

/** One call, and what its media was told. */
function negotiate(offer?: string, options: Partial<NegotiationOptions> = {}) {
  const agreed: MediaAgreement[] = []
  const media = { port: 20_000, agree: (agreement: MediaAgreement) => void agreed.push(agreement) }
  const negotiation = new Negotiation({
    media,
    ourAddress: '198.51.100.1',
    signallingAddress: '192.0.2.9',
    offer: offer === undefined ? undefined : readSdp(offer),
    ...options,
  })
  const last = () => agreed.at(-1)?.srtp
  return { negotiation, agreed, last }
}

/** The keys of a description of ours. */
const keysIn = (text: string | undefined): (string | undefined)[] =>
  (parse(text ?? '').media[0]?.crypto ?? []).map(({ config }) => config)
const inline = ({ key }: Crypto): string => `inline:${Buffer.from(key.master).toString('base64')}`
const ourKey = (text: string | undefined): Crypto | undefined => readSdp(text ?? '')?.crypto

test('a caller who encrypts is answered with our key under his tag, and both are used', () => {
  const offered = theirs(5)
  const { negotiation, last } = negotiate(sdp(offered))
  const said = negotiation.describe()
  negotiation.apply()
  const ours = ourKey(said)
  expect(ours?.tag).toBe(5)
  expect(ours?.key).not.toEqual(offered.key)
  expect(last()).toEqual({ receive: offered.key, send: ours?.key })
  expect(negotiation.describe()).toBe(said)
})

test('as long as the caller keeps its key, also on hold, we keep ours; a new one of its is answered by a new one of ours', () => {
  const first = theirs()
  const { negotiation, last } = negotiate(sdp(first))
  const ours = ourKey(negotiation.describe())
  negotiation.apply()
  const held = negotiation.renegotiate(sdp(first, { more: 'a=sendonly\r\n' }))
  expect(held?.hold).toBe('held')
  expect(ourKey(held?.sdp)).toEqual(ours)
  const second = theirs()
  const resumed = negotiation.renegotiate(sdp(second))
  expect(resumed?.hold).toBe('resumed')
  expect(ourKey(resumed?.sdp)).not.toEqual(ours)
  expect(last()).toEqual({ receive: second.key, send: ourKey(resumed?.sdp)?.key })
})

test('a call may begin to be encrypted, and may end to be', () => {
  const { negotiation, last } = negotiate(plain)
  negotiation.describe()
  negotiation.apply()
  expect(last()).toBeUndefined()
  negotiation.renegotiate(sdp(theirs()))
  expect(last()).toBeDefined()
  negotiation.renegotiate(plain)
  expect(last()).toBeUndefined()
  expect(keysIn(negotiation.offer())).toEqual([])
})

test('where encryption is required, an offer without it is refused', () => {
  const { negotiation, last } = negotiate(sdp(theirs()), { srtp: 'required' })
  negotiation.describe()
  negotiation.apply()
  expect(negotiation.renegotiate(plain)).toBeUndefined()
  expect(last()).toBeDefined()
})

test('where it is off, nobody is offered it or has it', () => {
  const { negotiation } = negotiate(plain, { srtp: 'off' })
  negotiation.describe()
  expect(negotiation.renegotiate(sdp(theirs()))).toBeUndefined()
  const polite = negotiation.renegotiate(sdp(theirs(), { protocol: 'RTP/AVP' }))
  expect(keysIn(polite?.sdp)).toEqual([])
})

test('whom we call and want encrypted is offered nothing else, and picks one of our keys', () => {
  const { negotiation, last } = negotiate(undefined, { offersSrtp: 'required', srtp: 'required' })
  const said = negotiation.describe()
  expect(said).toContain('RTP/SAVP')
  expect(negotiation.accept(plain)).toBe(false)
  expect(negotiation.accept(sdp(theirs(3)))).toBe(false)
  expect(negotiation.accept(sdp({ tag: 2, key: newKey(suite) }))).toBe(false)
  const answer: Crypto = { tag: 2, key: newKey('AES_CM_128_HMAC_SHA1_32') }
  expect(negotiation.accept(sdp(answer))).toBe(true)
  expect(last()?.receive).toEqual(answer.key)
  expect(keysIn(said)[1]).toBe(inline({ tag: 2, key: last()?.send ?? answer.key }))
})

test('whom we offer it as a wish may decline', () => {
  const { negotiation, last, agreed } = negotiate(undefined, { offersSrtp: 'optional' })
  expect(negotiation.describe()).toContain('RTP/AVP')
  expect(keysIn(negotiation.describe())).toHaveLength(2)
  expect(negotiation.accept(plain)).toBe(true)
  expect(agreed).toHaveLength(1)
  expect(last()).toBeUndefined()
})

test('whom we did not offer it cannot answer with it', () => {
  const { negotiation, last } = negotiate(undefined)
  expect(keysIn(negotiation.describe())).toEqual([])
  expect(negotiation.accept(sdp(theirs()))).toBe(false)
  expect(negotiation.accept(sdp(theirs(), { protocol: 'RTP/AVP' }))).toBe(true)
  expect(last()).toBeUndefined()
})

test('a call that is encrypted is offered again with the same key', () => {
  const { negotiation, last } = negotiate(sdp(theirs()))
  const ours = keysIn(negotiation.describe())
  negotiation.apply()
  const again = negotiation.offer()
  expect(again).toContain('RTP/SAVP')
  expect(keysIn(again)).toEqual(ours)
  const next = theirs()
  expect(negotiation.accept(sdp(next))).toBe(true)
  expect(last()?.receive).toEqual(next.key)
})
