import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { CallEvent } from '../../src/call/index.ts'
import { sceneHouse } from '../../src/house.ts'
import { perform, readTranscript } from '../../src/transcript/index.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(root, 'docs/how-calls-end.md'), 'utf8')

interface Row {
  readonly section: string
  readonly state: string
  readonly how: string
  /** `caller: NORMAL_CLEARING 200 by server` … */
  readonly legs: readonly string[]
  readonly transcripts: readonly string[]
}

/** The rows of the sections that say how each leg ends. */
function* rowsOf(text: string): Iterable<Row> {
  for (const part of text.split(/^## /m).slice(1)) {
    const [section = '', ...lines] = part.split('\n')
    if (!part.includes('| each leg:')) continue
    for (const line of lines.filter((candidate) => /^\| (?!in which state)/.test(candidate))) {
      const [state = '', how = '', , legs = '', tests = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
      const transcripts = [...tests.matchAll(/`([a-z]+\/[a-z0-9-]+\.call)`/g)].map(([, name]) => name ?? '')
      yield { section, state, how, legs: legs.split(', '), transcripts }
    }
  }
}

const rows = [...rowsOf(page)]

const withOthers = ['The caller, with others', 'Whoever is called', 'The other party'] as const
const everybody = [...withOthers, 'The server, with others', 'The network, with others'] as const
const states: Readonly<Record<string, readonly string[]>> = {
  ringing: everybody,
  'early media': ['The caller, with others', 'Whoever is called', 'The network, with others'],
  screened: everybody.filter((who) => who !== 'The other party'),
  talking: everybody,
  held: everybody.filter((who) => who !== 'The other party'),
  conference: everybody,
  parked: everybody,
  queue: everybody.filter((who) => who !== 'Whoever is called'),
  'listened to': everybody,
  recorded: everybody.filter((who) => who !== 'The other party'),
  transferring: everybody,
}

test('every state has a row for everybody who can end it', () => {
  const missing = Object.entries(states).flatMap(([state, sections]) =>
    sections.filter((section) => !rows.some((row) => row.section === section && row.state === state)),
  )
  expect(missing).toEqual([])
  expect([...new Set(rows.map(({ state }) => state))].sort()).toEqual(Object.keys(states).sort())
})

test('every row has a transcript, and all that there are of ends are named', () => {
  expect(rows.filter(({ transcripts }) => transcripts.length === 0)).toEqual([])
  const files = readdirSync(join(root, 'test/calls/ends')).map((name) => `ends/${name}`)
  expect(files.filter((file) => !page.includes(`\`${file}\``))).toEqual([])
})

test.each(rows)('$section, $state, $how: each leg ends as the page says', async ({ legs, transcripts }) => {
  for (const transcript of transcripts) {
    const file = join(root, 'test/calls', transcript)
    expect(existsSync(file), transcript).toBe(true)
    const { events } = await perform(readTranscript(readFileSync(file, 'utf8')), sceneHouse)
    expect(new Set(events.filter(({ type }) => type === 'leg.ended').map(({ callId }) => callId)), transcript).toEqual(
      new Set(events.map(({ callId }) => callId)),
    )
    expect([...new Set(endsOf(events))].sort(), transcript).toEqual([...new Set(legs)].sort())
  }
})

/** How each leg ended, as the page writes it. */
function endsOf(events: readonly CallEvent[]): string[] {
  const callees = new Set(events.flatMap(({ type, callId }) => (type === 'leg.dialled' ? [callId] : [])))
  const first = events.at(0)?.callId
  return events.flatMap((event) => {
    if (event.type !== 'leg.ended') return []
    const who = callees.has(event.callId) ? 'callee' : event.callId === first ? 'caller' : 'other'
    return [`${who}: ${event.cause} ${event.sipStatus} by ${event.by}`]
  })
}
