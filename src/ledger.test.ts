import { expect, test } from 'vitest'
import { silentLog, VirtualClock } from './base/index.ts'
import { Call, cdrOf, legRecordOf } from './call/index.ts'
import { simulatedLeg } from './drivers/simulator/index.ts'
import { openLedger, type LedgerOptions } from './ledger.ts'
import type { Job } from './outbox/index.ts'
import type { Unit } from './records/index.ts'

const jobOf = (id: string): Job => ({
  id,
  kind: 'webhook',
  accountId: 'A1',
  url: 'https://dev.example/hook',
  method: 'POST',
  headers: {},
  createdAt: 0,
  attempts: 0,
  dueAt: 0,
})

function scene(options: Partial<LedgerOptions> = {}) {
  const clock = new VirtualClock(1_700_000_000_000)
  const units: Unit[] = []
  const carried: string[] = []
  const ledger = openLedger({
    writer: {
      write: async (unit) => {
        units.push(unit)
        return true
      },
    },
    node: 'n1',
    clock,
    log: silentLog,
    keepable: (event) => event,
    keepsEvents: true,
    jobsFor: async (hook, { callId, reports }) =>
      [
        `${typeof hook === 'string' ? hook : hook.name} ${callId}`,
        ...(hook === 'channel_destroy' ? reports.map(({ url }) => url) : []),
      ].map(jobOf),
    carry: (jobs) => carried.push(...jobs.map(({ id }) => id)),
    ...options,
  })
  const { leg, farEnd } = simulatedLeg({
    clock,
    callId: 'C1',
    from: { user: 'ann', realm: 'a1.example' },
    to: { user: '2030', realm: 'a1.example' },
  })
  const call = new Call({
    leg,
    account: { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' },
    number: '+12030',
    clock,
    log: silentLog,
    observers: [ledger.observe],
  })
  return { clock, ledger, leg, farEnd, call, units, carried }
}

const all = <T>(units: readonly Unit[], pick: (unit: Unit) => readonly T[] | undefined): readonly T[] =>
  units.flatMap((unit) => pick(unit) ?? [])

test('a call is written down while it goes on, and its CDR with what web servers are to be told of it', async () => {
  const { clock, ledger, leg, farEnd, call, units, carried } = scene()
  leg.ring()
  await leg.answer()
  call.reports = [{ url: 'https://dev.example/cdr', format: 'twiml', headers: {} }]
  call.tell({ type: 'cdr.requested', url: 'https://dev.example/cdr' })
  await clock.advance(3_000)
  farEnd.hangUp()
  await clock.settle()
  ledger.onCdr(cdrOf(call), call)
  await ledger.close()

  const lives = units.flatMap(({ live }) => (live === undefined ? [] : [live]))
  expect(lives.at(-1)).toMatchObject({ callId: 'C1', answeredAt: clock.now() - 3_000, reports: call.reports })
  const ends = units.filter(({ ended }) => ended !== undefined)
  expect(ends).toHaveLength(1)
  expect(ends[0]?.ended).toMatchObject({ id: '202311-C1', billingSeconds: 3, hangupCause: 'NORMAL_CLEARING' })
  expect(ends[0]?.jobs?.map(({ id }) => id)).toEqual(['channel_destroy C1', 'https://dev.example/cdr'])
  expect(carried).toEqual(['channel_create C1', 'channel_answer C1', 'channel_destroy C1', 'https://dev.example/cdr'])
  const sequences = all(units, ({ events }) => events).map(({ event }) => event.sequence)
  expect(sequences).toEqual(sequences.map((_, index) => index + 1))
})

test('a live record is never written after the CDR', async () => {
  const { clock, ledger, leg, farEnd, call, units } = scene()
  leg.ring()
  farEnd.hangUp()
  await Promise.resolve()
  ledger.onCdr(cdrOf(call), call)
  await clock.advance(1_000)
  const order = units.flatMap(({ live, ended }) => (live ? ['live'] : ended ? ['ended'] : []))
  expect(order.lastIndexOf('live')).toBeLessThan(order.indexOf('ended'))
})

test('an exchange that is to be kept in full is a debug entry as well', async () => {
  const { ledger, call, units } = scene()
  call.tell({ type: 'pivot.debug', record: { iteration: 2, attempt: 1, uri: 'https://dev.example/' } })
  await ledger.close()
  expect(all(units, ({ debug }) => debug)).toMatchObject([{ callId: 'C1', iteration: 2, attempt: 1, node: 'n1' }])
})

test('jobs that could not be kept are not carried: whoever keeps them later does', async () => {
  const { ledger, call, carried } = scene({ writer: { write: () => Promise.resolve(false) } })
  call.tell({ type: 'leg.ringing' })
  await ledger.close()
  expect(carried).toEqual([])
})

test('a leg whose process died ends now, and whoever waits for its CDR gets it', async () => {
  const { clock, ledger, leg, call, units, carried } = scene()
  await leg.answer()
  const record = { ...legRecordOf(call), callId: 'C0', reports: [{ url: 'u', format: 'twiml' as const, headers: {} }] }
  await clock.advance(60_000)
  ledger.recover(record)
  await ledger.close()
  const ended = units.find((unit) => unit.ended?.callId === 'C0')?.ended
  expect(ended).toMatchObject({ hangupCause: 'NORMAL_TEMPORARY_FAILURE', hangupCode: 'sip:503', billingSeconds: 60 })
  expect(carried).toEqual(expect.arrayContaining(['channel_destroy C0', 'u']))
})
