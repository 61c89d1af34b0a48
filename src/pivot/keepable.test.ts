import { describe, expect, test } from 'vitest'
import type { CallEvent, CallFact } from '../call/index.ts'
import { keepable } from './keepable.ts'

const kept = (fact: CallFact, showPersonal = false): CallEvent =>
  keepable({ ...fact, callId: 'C1', accountId: 'A1', atMs: 0, sequence: 1 }, { showPersonal })

describe('what callers dialled', () => {
  const digit = { type: 'digit.received', digit: '7', via: 'rtp' } as const
  const variables = { type: 'variables.set', variables: { 'Digits[pin]': '1234', tier: 'gold' } } as const

  test('is kept as how often and when', () => {
    expect(kept(digit)).toMatchObject({ digit: '*', isHidden: true, atMs: 0 })
    expect(kept(variables)).toMatchObject({ variables: { 'Digits[pin]': '***', tier: 'gold' } })
  })

  test('is kept when the operator asks', () => {
    expect(kept(digit, true)).toMatchObject(digit)
    expect(kept(variables, true)).toMatchObject(variables)
  })
})

describe('secrets are never kept', () => {
  test('of the data of nodes, in any callflow', () => {
    const data = { voice_url: 'https://u:pw@h/', custom_request_headers: { 'X-Key': 'k3y' } }
    const flow = { module: 'pivot', data, children: { _: { module: 'pivot', data, children: {} } } }
    const all = [
      kept({ type: 'node.started', module: 'pivot', data }, true),
      kept({ type: 'callflow.read', flow }, true),
    ]
    expect(JSON.stringify(all)).not.toMatch(/pw|k3y/)
    expect(all[0]).toMatchObject({ data: { voice_url: 'https://***@h/', custom_request_headers: { 'X-Key': '***' } } })
  })

  test('of documents; PINs only when the operator asks', () => {
    const document = { id: 'd', sip: { username: 'ann', password: 'pw' }, pvt_md5_auth: 'f00', record_pin: '4711' }
    const read = { type: 'document.read', collection: 'devices', id: 'd', document } as const
    const hidden = { sip: { username: 'ann', password: '***' }, pvt_md5_auth: '***' }
    expect(kept(read)).toMatchObject({ document: { ...hidden, record_pin: '***' } })
    expect(kept(read, true)).toMatchObject({ document: { ...hidden, record_pin: '4711' } })
  })
})
