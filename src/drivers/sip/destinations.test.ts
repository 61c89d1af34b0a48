import { describe, expect, test } from 'vitest'
import type { CallerId, DialOptions, Target } from '../../call/index.ts'
import { calleeOf, encryptionOf, lawsOf, type Callee, type DeviceContact } from './destinations.ts'

const alice: CallerId = { name: 'Alice "A" Adams', number: '+41441234567', realm: 'demo.example', isPrivate: false }
const device: Target = { kind: 'device', accountId: 'demo', deviceId: 'd1', username: 'bob', realm: 'demo.example' }
const contact: DeviceContact = {
  uri: 'sip:bob@10.0.0.7:5062;ob',
  flow: { transport: 'udp', address: '192.0.2.7', port: 40_000 },
}
const overTcp: DeviceContact = { ...contact, flow: { ...contact.flow, transport: 'tcp' } }

const callee = (
  target: Target,
  options: Partial<DialOptions> = {},
  contacts: readonly DeviceContact[] = [contact],
): Promise<Callee> =>
  calleeOf(target, { callerId: alice, headers: {}, ...options }, () => Promise.resolve(contacts), '198.51.100.1')

const only = async (...call: Parameters<typeof callee>): Promise<Callee['destinations'][number]> => {
  const [destination, ...others] = (await callee(...call)).destinations
  if (destination === undefined || others.length > 0) throw new Error('there should be one destination')
  return destination
}

describe('a device', () => {
  test('is called at each of its contacts, back the way that it registered', async () => {
    const { to, destinations } = await callee(device, {}, [contact, overTcp])
    expect(to).toEqual({ user: 'bob', realm: 'demo.example' })
    expect(destinations).toMatchObject([
      { uri: contact.uri, flow: contact.flow, mustStand: false, to: { uri: 'sip:bob@demo.example' } },
      { uri: contact.uri, flow: overTcp.flow, mustStand: true },
    ])
  })

  test('does not ring in more than ten places', async () => {
    const { destinations } = await callee(device, {}, Array<DeviceContact>(12).fill(contact))
    expect(destinations).toHaveLength(10)
  })

  test('may be asked for by another name than it registered', async () => {
    const { uri } = await only({ ...device, requestUser: '+41 44' })
    expect(uri).toBe('sip:+41%2044@10.0.0.7:5062;ob')
  })

  test('that is registered nowhere cannot be called', async () => {
    await expect(callee(device, {}, [])).rejects.toMatchObject({ code: 'DIAL_NOT_REGISTERED' })
  })
})

describe('an address', () => {
  test('is called as it stands, with what is needed on the way', async () => {
    const credentials = { username: 'us', password: 'secret' }
    const target: Target = { kind: 'sip', uri: 'sip:2030@trunk.example', proxy: '192.0.2.1:5080', credentials }
    expect(await callee(target)).toMatchObject({
      to: { user: '2030', realm: 'trunk.example' },
      towards: { address: '192.0.2.1', port: 5080 },
      destinations: [{ uri: target.uri, routes: ['<sip:192.0.2.1:5080;lr>'], credentials }],
    })
  })

  test('a proxy that says how it wants to be routed to is left as it is', async () => {
    const { routes } = await only({ kind: 'sip', uri: 'sip:2@t.example', proxy: 'sip:p.example;lr;transport=tcp' })
    expect(routes).toEqual(['<sip:p.example;lr;transport=tcp>'])
  })

  test.each([
    { uri: 'tel:+41441234567' },
    { uri: 'sip:2030' + '@' },
    { uri: '<sip:2030@x.example>' },
    { uri: 'sip:2030@x.example', proxy: 'a b' },
  ])('%j cannot be called', async (target) => {
    await expect(callee({ kind: 'sip', ...target })).rejects.toMatchObject({ code: 'DIAL_TARGET_INVALID' })
  })
})

describe('the caller', () => {
  const stranger: Target = { kind: 'sip', uri: 'sip:2030@x.example' }
  const trunk: Target = { ...stranger, credentials: { username: 'us', password: 'secret' } }
  const hidden = { callerId: { ...alice, isPrivate: true } }
  const shown = { displayName: alice.name, uri: 'sip:+41441234567@demo.example' }
  const asserted = ['P-Asserted-Identity', '"Alice \\"A\\" Adams" <sip:+41441234567@demo.example>']
  const nobody = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' }

  test('is shown to everybody, and asserted to a trunk', async () => {
    expect(await only(device)).toMatchObject({ from: shown, contactUser: '+41441234567', headers: [] })
    expect(await only(trunk)).toMatchObject({ from: shown, headers: [asserted] })
  })

  test('who does not want to be known is known to nobody but a trunk, which is told to keep it', async () => {
    const secret = { from: nobody, contactUser: 'anonymous', headers: [['Privacy', 'id']] }
    expect(await only(device, hidden)).toMatchObject(secret)
    expect(await only(stranger, hidden)).toMatchObject(secret)
    expect(await only(trunk, hidden)).toMatchObject({ from: nobody, headers: [asserted, ['Privacy', 'id']] })
  })

  test('without a number is anonymous, without a realm is of ours', async () => {
    const callerId = { name: '', number: '', realm: '', isPrivate: false }
    expect(await only(trunk, { callerId })).toMatchObject({ from: nobody, headers: [] })
    const { from } = await only(stranger, { callerId: { ...callerId, number: 'a b' } })
    expect(from).toEqual({ uri: 'sip:a%20b@198.51.100.1' })
  })
})

test('custom headers go along, but for those that a call is made of', async () => {
  const headers = { 'X-Account': '1', 'Alert-Info': '<tone>', via: 'x', f: 'x', 'P-Asserted-Identity': 'x', 'X Y': 'x' }
  expect((await only(device, { headers })).headers).toEqual([
    ['X-Account', '1'],
    ['Alert-Info', '<tone>'],
  ])
})

test('codecs are those of ours that are wanted, in their order', () => {
  expect(lawsOf(['OPUS', 'pcma', 'PCMU', 'PCMA'])).toEqual(['pcma', 'pcmu'])
  expect(lawsOf(['G729'])).toEqual(['pcmu', 'pcma'])
  expect(lawsOf()).toEqual(['pcmu', 'pcma'])
})

describe('encryption', () => {
  const to = { uri: 'sip:bob@demo.example' }
  const from = { uri: 'sip:alice@demo.example' }
  const plain = { ...contact, to, from }
  const secure = { to, from, uri: 'sip:bob@192.0.2.9;transport=tls' }
  const rules = { srtp: 'optional', offersKeysInClear: false } as const
  const inClear = { ...rules, offersKeysInClear: true }

  test('is not offered to whom nothing is said of', () => {
    expect(encryptionOf(undefined, [secure], rules)).toEqual({
      offersSrtp: 'off',
      srtp: 'optional',
      destinations: [secure],
    })
  })

  test('is offered over TLS only, when it is wanted', () => {
    expect(encryptionOf('optional', [secure], rules).offersSrtp).toBe('optional')
    expect(encryptionOf('optional', [secure, plain], rules)).toMatchObject({
      offersSrtp: 'off',
      destinations: [secure, plain],
    })
    expect(encryptionOf('optional', [plain], inClear).offersSrtp).toBe('optional')
    expect(encryptionOf('optional', [secure], { ...rules, srtp: 'off' }).offersSrtp).toBe('off')
  })

  test('is all that is offered when it is required, and only where it can be', () => {
    const required = { offersSrtp: 'required', srtp: 'required' }
    expect(encryptionOf('required', [plain, secure], rules)).toEqual({ ...required, destinations: [secure] })
    expect(encryptionOf(undefined, [secure], { ...rules, srtp: 'required' })).toMatchObject(required)
    expect(encryptionOf('required', [plain], inClear)).toMatchObject(required)
  })

  test('that is required and cannot be had keeps the call from being made', () => {
    const why = (run: () => unknown): unknown => {
      try {
        return run()
      } catch (error) {
        return error
      }
    }
    expect(why(() => encryptionOf('required', [plain], rules))).toMatchObject({ code: 'DIAL_INSECURE' })
    expect(why(() => encryptionOf('required', [secure], { ...rules, srtp: 'off' }))).toMatchObject({
      code: 'DIAL_INSECURE',
    })
  })

  test.each([
    ['sips:bob@192.0.2.9', [], true],
    ['sip:bob@192.0.2.9', ['<sip:proxy.example;transport=TLS;lr>'], true],
    ['sip:bob@192.0.2.9;transport=tls', ['<sip:proxy.example;lr>'], false],
    ['sip:bob@192.0.2.9;transport=tlsx', [], false],
    ['sip:bob@demo.example', [], false],
  ])('%s by way of %j is safe: %s', (uri, routes, isSafe) => {
    const { offersSrtp } = encryptionOf('optional', [{ to, from, uri, ...(routes[0] && { routes }) }], rules)
    expect(offersSrtp).toBe(isSafe ? 'optional' : 'off')
  })
})
