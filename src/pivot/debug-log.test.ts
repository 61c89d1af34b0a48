import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silentLog } from '../base/index.ts'
import type { CallEvent, CallFact } from '../call/index.ts'
import { debugObserver, fileDebugLog, type DebugLog } from './debug-log.ts'

let sequence = 0
const event = (callId: string, fact: CallFact): CallEvent => ({
  ...fact,
  callId,
  accountId: 'A1',
  atMs: 0,
  sequence: ++sequence,
})
/** A log that is kept in memory. */
function notebook(): DebugLog & { readonly events: CallEvent[] } {
  const events: CallEvent[] = []
  return { events, write: (written) => events.push(written), close: async () => undefined }
}

const ringing = { type: 'leg.ringing' } as const
const record = { type: 'pivot.debug', record: { uri: 'https://h/' } } as const
const digit = { type: 'digit.received', digit: '7', via: 'rtp' } as const
const ended = { type: 'leg.ended', by: 'caller', cause: 'NORMAL_CLEARING', sipStatus: 200 } as const

test('a debugged call is kept from its beginning to after its end; others leave nothing', () => {
  const log = notebook()
  const observe = debugObserver(log, { showPersonal: true })
  for (const fact of [ringing, digit, record, ended, { type: 'cdr.posted', url: 'u', status: 200 } as const]) {
    observe(event('C1', fact))
    if (fact.type !== 'pivot.debug') observe(event('C2', fact))
  }
  expect(log.events.map(({ type }) => type)).toEqual([
    'leg.ringing',
    'digit.received',
    'pivot.debug',
    'leg.ended',
    'cdr.posted',
  ])
  expect(log.events.every(({ callId }) => callId === 'C1')).toBe(true)
})

test('what callers dialled is hidden unless the operator asks', () => {
  const log = notebook()
  const observe = debugObserver(log)
  observe(event('C1', digit))
  observe(event('C1', { type: 'variables.set', variables: { 'Digits[pin]': '1234', tier: 'gold' } }))
  observe(event('C1', record))
  expect(JSON.stringify(log.events)).not.toMatch(/1234|"digit":"7"/)
  expect(JSON.stringify(log.events)).toContain('gold')
})

test('files hold one event a line, and no more than so many are kept', async () => {
  const directory = join(await mkdtemp(join(tmpdir(), 'debug-')), 'logs')
  const log = fileDebugLog({ directory, log: silentLog, mostBytes: 300, mostOldFiles: 2 })
  for (let count = 0; count < 40; count++) {
    log.write(event(`C${count}`, record))
    if (count % 4 === 3) await log.close()
  }
  expect((await readdir(directory)).sort()).toEqual(['debug.1.ndjson', 'debug.2.ndjson', 'debug.ndjson'])
  const lines = (await readFile(join(directory, 'debug.ndjson'), 'utf8')).trim().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as CallEvent).callId)).toEqual(['C36', 'C37', 'C38', 'C39'])
  await rm(directory, { recursive: true })
})
