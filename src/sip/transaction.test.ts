import { beforeEach, describe, expect, test } from 'vitest'
import { VirtualClock } from '../base/index.ts'
import type { Flow } from './session.ts'
import { Timers } from './timers.ts'
import { Transaction } from './transaction.ts'
import type { Kind } from './transaction-tables.ts'

const udp: Flow = { transport: 'udp', address: '192.0.2.1', port: 5060 }
const tcp: Flow = { ...udp, transport: 'tcp' }
const message = Buffer.from('message')
const ack = Buffer.from('ack')

let clock: VirtualClock
/** What was sent, and what the owner was told, with its time in ms. */
let log: (readonly [number, string])[]
let works: boolean

function open(kind: Kind, flow: Flow): Transaction {
  const say = (what: string): void => void log.push([clock.now(), what])
  const transport = {
    receive: () => undefined,
    connect: () => Promise.resolve(true),
    send: (bytes: Buffer) => {
      if (works) say(bytes.toString())
      return works
    },
  }
  return new Transaction(
    kind,
    'key',
    flow,
    { timers: new Timers(clock), transport, onRepeat: () => undefined },
    { timeout: () => say('timeout'), broken: () => say('broken'), terminated: () => say('terminated') },
  )
}

async function after(ms: number): Promise<(readonly [number, string])[]> {
  await clock.advance(ms)
  return log
}

const times = (what: string): readonly number[] => log.filter(([, said]) => said === what).map(([at]) => at)

beforeEach(() => {
  clock = new VirtualClock()
  log = []
  works = true
})

describe('server INVITE over UDP', () => {
  test('a refusal is repeated until T2 and given up after 32 s (timers G and H)', async () => {
    open('serverInvite', udp).on('failure', message)
    await after(60_000)
    expect(times('message')).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    expect(log.slice(-2)).toEqual([
      [32_000, 'timeout'],
      [32_000, 'terminated'],
    ])
  })

  test('the ACK ends the repeating, and more of them are absorbed for T4 (timer I)', async () => {
    const transaction = open('serverInvite', udp)
    transaction.on('failure', message)
    await after(600)
    transaction.on('ack')
    transaction.on('ack')
    await after(60_000)
    expect(log).toEqual([
      [0, 'message'],
      [500, 'message'],
      [5_600, 'terminated'],
    ])
  })

  test('a retransmitted INVITE gets the last response again, and nothing once there is a 2xx (RFC 6026)', async () => {
    const transaction = open('serverInvite', udp)
    transaction.on('provisional', message)
    transaction.on('request')
    expect(times('message')).toEqual([0, 0])
    transaction.on('success', ack)
    transaction.on('request')
    await after(60_000)
    expect(times('ack')).toEqual([0])
    expect(times('terminated')).toEqual([32_000])
  })

  test('a second final response is not sent', () => {
    const transaction = open('serverInvite', udp)
    transaction.on('success', message)
    transaction.on('failure', ack)
    expect(log).toEqual([[0, 'message']])
  })
})

test('server INVITE over TCP: a refusal is sent once, and the ACK ends it at once', async () => {
  const transaction = open('serverInvite', tcp)
  transaction.on('failure', message)
  await after(10_000)
  transaction.on('ack')
  expect(log).toEqual([
    [0, 'message'],
    [10_000, 'terminated'],
  ])
})

test('server other: the answer is repeated only when the request is, for 32 s on UDP (timer J), not at all on TCP', async () => {
  const transaction = open('serverOther', udp)
  transaction.on('request')
  transaction.on('success', message)
  await after(3_000)
  transaction.on('request')
  open('serverOther', tcp).on('failure', ack)
  await after(60_000)
  expect(log).toEqual([
    [0, 'message'],
    [3_000, 'message'],
    [3_000, 'ack'],
    [3_000, 'terminated'],
    [32_000, 'terminated'],
  ])
})

describe('client', () => {
  test('an INVITE into a black hole is sent 7 times in 32 s (timers A and B)', async () => {
    open('clientInvite', udp).on('request', message)
    await after(60_000)
    expect(times('message')).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    expect(times('timeout')).toEqual([32_000])
  })

  test('another request is sent 11 times, at most T2 apart (timers E and F)', async () => {
    open('clientOther', udp).on('request', message)
    await after(60_000)
    expect(times('message')).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    expect(times('timeout')).toEqual([32_000])
  })

  test('on TCP both are sent once', async () => {
    open('clientInvite', tcp).on('request', message)
    open('clientOther', tcp).on('request', ack)
    await after(60_000)
    expect(log.map(([at, what]) => `${at} ${what}`)).toEqual([
      '0 message',
      '0 ack',
      '32000 timeout',
      '32000 terminated',
      '32000 timeout',
      '32000 terminated',
    ])
  })

  test('a 1xx stops the INVITE from being repeated, but not for ever (timer C)', async () => {
    const transaction = open('clientInvite', udp)
    transaction.on('request', message)
    await after(600)
    expect(transaction.on('provisional')).toBe(true)
    await after(200_000)
    expect(times('message')).toEqual([0, 500])
    expect(times('timeout')).toEqual([180_600])
  })

  test('a 1xx to another request slows it down to one every T2', async () => {
    const transaction = open('clientOther', udp)
    transaction.on('request', message)
    await after(600)
    transaction.on('provisional')
    await after(60_000)
    expect(times('message')).toEqual([0, 500, 1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500])
    expect(times('timeout')).toEqual([32_000])
  })

  test('a refusal is acknowledged every time it comes, and told once (timer D)', async () => {
    const transaction = open('clientInvite', udp)
    transaction.on('request', message)
    expect(transaction.on('failure', ack)).toBe(true)
    expect(transaction.on('failure', ack)).toBe(false)
    await after(60_000)
    expect(times('ack')).toEqual([0, 0])
    expect(times('terminated')).toEqual([32_000])
  })

  test('every 2xx to an INVITE is told, so that each gets its ACK (RFC 6026, timer M)', async () => {
    const transaction = open('clientInvite', udp)
    transaction.on('request', message)
    expect([transaction.on('success'), transaction.on('success')]).toEqual([true, true])
    await after(60_000)
    expect(times('terminated')).toEqual([32_000])
  })

  test('a transport that fails is told once and ends it', async () => {
    works = false
    open('clientOther', udp).on('request', message)
    await after(60_000)
    expect(log).toEqual([
      [0, 'broken'],
      [0, 'terminated'],
    ])
  })
})

test('all timers together are one sleep of the clock', async () => {
  const timers = new Timers(clock)
  const fired: number[] = []
  const set = [5, 3, 9, 1, 7, 3].map((ms) => timers.set(ms, () => fired.push(ms)))
  expect(clock.waiting).toBe(1)
  timers.clear(set[2])
  timers.clear(set[2])
  await clock.advance(100)
  expect(fired).toEqual([1, 3, 3, 5, 7])
  expect(timers.size).toBe(0)
  expect(clock.waiting).toBe(0)
})
