import { beforeEach, describe, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Call, nameOf, type CallEvent, type MediaSource, type Recordings } from '../call/index.ts'
import { durations, newSimulator, type FarEnd, type Simulator } from '../drivers/simulator/index.ts'
import { openConferences, type Attended, type Conferences, type ConferenceSettings, type Entry } from './index.ts'

const account = { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' }
const stored = (id: string): MediaSource => ({ kind: 'stored', accountId: 'A1', id })
const lengths = new Map<string, number | 'missing'>([
  ['ding', 500],
  ['dong', 500],
  ['alone', 1_000],
  ['muted', 1_000],
  ['hello', 2_000],
  ['music', Infinity],
  ['absent', 'missing'],
])

let clock: VirtualClock
let simulator: Simulator
let conferences: Conferences
let kept: { durationMs: number }[]
let told: string[]

const recordings: Recordings = {
  async keep({ durationMs }) {
    kept.push({ durationMs })
    return { url: 'https://pivot.example/r.wav' }
  },
  discard: async () => undefined,
}

beforeEach(() => {
  clock = new VirtualClock()
  kept = []
  told = []
  const durationOf = durations(lengths)
  simulator = newSimulator({ clock, durationOf })
  void simulator.listen(() => undefined, new AbortController().signal)
  conferences = openConferences({ clock, log: silentLog, calling: simulator, recordings })
})

const usual: ConferenceSettings = {
  key: 'standup',
  name: 'Standup',
  mostParticipants: 10,
  waitsForModerator: false,
  needsModerator: false,
  staysOpen: false,
  observe: (event, { participants }) => {
    const who = 'participant' in event ? ` ${event.participant.call.id}` : ''
    const why = event.type === 'left' ? ` (${event.why})` : event.type === 'ended' ? ` (${event.reason})` : ''
    told.push(`${event.type}${who}${why} ${participants.length}`)
  },
}

interface Guest {
  readonly call: Call
  readonly farEnd: FarEnd
  readonly events: CallEvent[]
  readonly stay: Promise<Attended | Error>
  readonly out: AbortController
}

type Way = Partial<Omit<Entry, 'conference'>> & { readonly conference?: Partial<ConferenceSettings> }

async function comes(name: string, { conference, ...way }: Way = {}): Promise<Guest> {
  const { leg, farEnd } = simulator.call({
    callId: name,
    from: { user: name, realm: 'a1.example' },
    to: { user: '3000', realm: 'a1.example' },
    durationOf: durations(lengths),
  })
  const events: CallEvent[] = []
  const observers = [(event: CallEvent): unknown => events.push(event)]
  const call = new Call({ leg, account, number: '3000', clock, log: silentLog, observers })
  await leg.answer()
  const out = new AbortController()
  const entry: Entry = {
    conference: { ...usual, ...conference },
    role: 'member',
    endsConference: false,
    isMuted: false,
    isDeaf: false,
    welcome: [],
    alone: [],
    arrival: [],
    departure: [],
    notices: {},
    controls: new Map(),
    wait: (signal) => leg.play(stored('music'), { signal }),
    ...way,
  }
  const stay = conferences.attend(call, entry, out.signal).catch((error: unknown) => error as Error)
  farEnd.speaks(true)
  await clock.settle()
  return { call, farEnd, events, stay, out }
}

/** What was heard of one's own, and in the room. */
const heard = ({ events }: Guest): string[] =>
  events.flatMap((event) =>
    event.type === 'media.started' || event.type === 'conference.played' ? [nameOf(event.media)] : [],
  )

const only = () => {
  const [conference] = conferences.list('A1')
  if (conference === undefined) throw new Error('there is no conference')
  return conference
}

describe('who hears what', () => {
  test('whoever is alone is told so, hears music, and hears the next one who comes', async () => {
    const ann = await comes('ann', { alone: [stored('alone')] })
    await clock.advance(5_000)
    expect(heard(ann)).toEqual(['alone', 'music'])
    const bob = await comes('bob')
    expect(ann.farEnd.voicesHeard).toEqual(['bob'])
    expect(bob.farEnd.voicesHeard).toEqual(['ann'])
    expect(heard(bob)).toEqual([])
    bob.farEnd.hangUp()
    await clock.advance(5_000)
    expect(heard(ann)).toEqual(['alone', 'music', 'alone', 'music'])
  })

  test('a welcome is heard by oneself, before the others', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob', { welcome: [stored('hello')] })
    expect(heard(bob)).toEqual(['hello'])
    expect(bob.farEnd.voicesHeard).toEqual([])
    await clock.advance(2_000)
    expect(bob.farEnd.voicesHeard).toEqual(['ann'])
    expect(heard(ann)).toEqual(['music'])
  })

  test('who comes and who goes is heard by all who are there', async () => {
    const sounds = { arrival: [stored('ding')], departure: [stored('dong')] }
    const ann = await comes('ann', sounds)
    const bob = await comes('bob', sounds)
    await clock.advance(1_000)
    const cid = await comes('cid', sounds)
    await clock.advance(1_000)
    cid.farEnd.hangUp()
    await clock.advance(1_000)
    expect(heard(ann)).toEqual(['music', 'ding', 'ding', 'dong'])
    expect(heard(bob)).toEqual(['ding', 'ding', 'dong'])
    expect(heard(cid)).toEqual(['ding'])
  })

  test('the last one left hears who went before the music', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob', { departure: [stored('dong')] })
    bob.farEnd.hangUp()
    await clock.advance(1_000)
    expect(heard(ann)).toEqual(['music', 'dong', 'music'])
  })

  test('music that cannot be heard, or is over, is silence', async () => {
    const ann = await comes('ann', { wait: () => Promise.reject(new Error('no music')) })
    const bob = await comes('bob', { conference: { key: 'other' }, wait: async () => undefined })
    await clock.advance(1_000)
    expect([heard(ann), heard(bob)]).toEqual([[], []])
    const cid = await comes('cid')
    expect(cid.farEnd.voicesHeard).toEqual(['ann'])
  })

  test('what is missing is left out', async () => {
    const ann = await comes('ann', { welcome: [stored('absent')] })
    const bob = await comes('bob', { arrival: [stored('absent'), stored('ding')] })
    await clock.advance(100)
    expect(heard(ann)).toEqual(['music', 'absent', 'ding'])
    expect(ann.farEnd.voicesHeard).toEqual(['bob'])
    expect(bob.farEnd.voicesHeard).toEqual(['ann'])
  })
})

describe('moderators', () => {
  const waits = { conference: { waitsForModerator: true } }

  test('members hear music until a moderator comes, and stay together when the moderator has gone', async () => {
    const ann = await comes('ann', waits)
    const bob = await comes('bob', waits)
    expect([ann.farEnd.voicesHeard, bob.farEnd.voicesHeard]).toEqual([[], []])
    const mod = await comes('mod', { ...waits, role: 'moderator' })
    expect([...ann.farEnd.voicesHeard].sort()).toEqual(['bob', 'mod'])
    mod.farEnd.hangUp()
    await clock.settle()
    expect(ann.farEnd.voicesHeard).toEqual(['bob'])
  })

  test('whoever waits for a moderator is not told to be alone, but a moderator is', async () => {
    const alone = { ...waits, alone: [stored('alone')] }
    const ann = await comes('ann', alone)
    await clock.advance(2_000)
    expect(heard(ann)).toEqual(['music'])
    ann.farEnd.hangUp()
    await clock.settle()
    const mod = await comes('mod', { ...alone, role: 'moderator' })
    await clock.advance(2_000)
    expect(heard(mod)).toEqual(['alone', 'music'])
  })

  test('where a moderator is needed, members wait again', async () => {
    const needs = { conference: { waitsForModerator: true, needsModerator: true } }
    const mod = await comes('mod', { ...needs, role: 'moderator' })
    const ann = await comes('ann', needs)
    const bob = await comes('bob', needs)
    mod.farEnd.hangUp()
    await clock.settle()
    expect(ann.farEnd.voicesHeard).toEqual([])
    expect(heard(bob)).toEqual(['music'])
  })

  test('a conference that stays open has no music any more once it has begun', async () => {
    const open = { conference: { waitsForModerator: true, staysOpen: true } }
    const mod = await comes('mod', { ...open, role: 'moderator' })
    const ann = await comes('ann', open)
    ann.farEnd.hangUp()
    await clock.advance(10_000)
    expect(heard(mod)).toEqual(['music'])
  })

  test('when somebody leaves who ends it, all leave', async () => {
    const mod = await comes('mod', { role: 'moderator', endsConference: true })
    const ann = await comes('ann')
    mod.farEnd.hangUp()
    expect(await ann.stay).toMatchObject({ why: 'ended' })
    expect(await mod.stay).toMatchObject({ why: 'hung up' })
    await clock.settle()
    expect(told.slice(-3)).toEqual(['left mod (hung up) 1', 'left ann (ended) 0', 'ended (participant left) 0'])
    expect(ann.call.leg.state).toBe('answered')
    expect(conferences.list('A1')).toEqual([])
  })
})

describe('coming and going', () => {
  test('whoever says the same name meets, within an account', async () => {
    await comes('ann')
    await comes('bob', { conference: { key: 'other' } })
    await comes('cid')
    expect(conferences.list('A1').map(({ state }) => state.participants.length)).toEqual([2, 1])
    expect(conferences.list('A2')).toEqual([])
  })

  test('the whole story is told, in order', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob')
    bob.farEnd.hangUp()
    ann.farEnd.hangUp()
    await clock.settle()
    expect(told).toEqual([
      'joined ann 1',
      'joined bob 2',
      'began 2',
      'left bob (hung up) 1',
      'left ann (hung up) 0',
      'ended (empty) 0',
    ])
    const mine = ann.events.filter(({ type }) => type.startsWith('conference.') || type === 'leg.ended')
    expect(mine).toMatchObject([
      { type: 'conference.joined', conference: 'Standup', members: 1, role: 'member' },
      { type: 'leg.ended' },
      { type: 'conference.left', why: 'hung up', members: 0 },
    ])
  })

  test('nobody comes into a conference that is full, or locked', async () => {
    await comes('ann', { conference: { mostParticipants: 2 } })
    const bob = await comes('bob')
    const cid = await comes('cid')
    expect(await cid.stay).toMatchObject({ code: 'CONFERENCE_FULL' })
    bob.farEnd.hangUp()
    await clock.settle()
    only().lock(true)
    const dan = await comes('dan')
    expect(await dan.stay).toMatchObject({ code: 'CONFERENCE_LOCKED' })
    only().lock(false)
    const eve = await comes('eve')
    expect(eve.call.leg.state).toBe('answered')
    expect(only().state.participants).toHaveLength(2)
  })

  test('somebody is thrown out; the time of another is up; a third is sent elsewhere', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob', { timeLimitMs: 5_000 })
    const cid = await comes('cid')
    only().kick(1)
    expect(await ann.stay).toMatchObject({ why: 'kicked' })
    await clock.advance(5_000)
    expect(await bob.stay).toMatchObject({ why: 'time', stayedMs: 5_000 })
    cid.out.abort(new Error('elsewhere'))
    expect(await cid.stay).toMatchObject({ message: 'elsewhere' })
    await clock.settle()
    expect(told.filter((line) => line.startsWith('left'))).toEqual([
      'left ann (kicked) 2',
      'left bob (time) 1',
      'left cid (moved) 0',
    ])
  })

  test('who hangs up during the welcome has left', async () => {
    const ann = await comes('ann', { welcome: [stored('hello')] })
    ann.farEnd.hangUp()
    expect(await ann.stay).toMatchObject({ why: 'hung up' })
    expect(conferences.list('A1')).toEqual([])
  })

  test('all are let go when it is ended from outside', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob')
    only().end('api')
    expect([await ann.stay, await bob.stay]).toMatchObject([{ why: 'ended' }, { why: 'ended' }])
    await clock.settle()
    expect(told.at(-1)).toBe('ended (api) 0')
  })
})

describe('muted and deaf', () => {
  const controls = new Map([
    ['*1', 'toggle-mute'],
    ['*5', 'deaf'],
    ['*6', 'undeaf'],
    ['#', 'leave'],
  ] as const)
  const notices = { mute: stored('muted') }

  test('keys mute and make deaf, and lead out', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob', { controls, notices })
    bob.farEnd.press('*1')
    await clock.settle()
    expect(ann.farEnd.voicesHeard).toEqual([])
    expect(heard(bob)).toEqual(['muted'])
    await clock.advance(1_000)
    expect(bob.farEnd.voicesHeard).toEqual(['ann'])
    bob.farEnd.press('*5')
    await clock.settle()
    expect(bob.farEnd.voicesHeard).toEqual([])
    bob.farEnd.press('*6')
    bob.farEnd.press('*1')
    await clock.settle()
    expect([ann.farEnd.voicesHeard, bob.farEnd.voicesHeard]).toEqual([['bob'], ['ann']])
    bob.farEnd.press('#')
    expect(await bob.stay).toMatchObject({ why: 'left' })
    expect(told.filter((line) => /mute|deaf/.test(line))).toEqual([
      'muted bob 2',
      'deaf bob 2',
      'undeaf bob 2',
      'unmuted bob 2',
    ])
    expect(bob.events.findLast(({ type }) => type === 'conference.changed')).toMatchObject({ isMuted: false })
  })

  test('keys that mean nothing, or come too slowly, do nothing', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob', { controls })
    bob.farEnd.press('1*')
    await clock.advance(4_000)
    bob.farEnd.press('12*9')
    bob.farEnd.press('**1')
    await clock.settle()
    expect(ann.farEnd.voicesHeard).toEqual([])
    expect(told.filter((line) => line.includes('mute'))).toEqual(['muted bob 2'])
  })

  test('who comes in muted is not heard, until they are unmuted from outside', async () => {
    const ann = await comes('ann')
    await comes('bob', { isMuted: true })
    expect(ann.farEnd.voicesHeard).toEqual([])
    only().changeById(2, { isMuted: false })
    expect(ann.farEnd.voicesHeard).toEqual(['bob'])
  })
})

test('somebody alone hears something, after their own welcome, and is not heard meanwhile', async () => {
  const ann = await comes('ann')
  const bob = await comes('bob', { welcome: [stored('hello')] })
  only().tellOne(2, stored('ding'))
  only().tellOne(3, stored('dong'))
  await clock.advance(2_100)
  expect(heard(bob)).toEqual(['hello', 'ding'])
  expect(ann.farEnd.voicesHeard).toEqual([])
  await clock.advance(500)
  expect(ann.farEnd.voicesHeard).toEqual(['bob'])
  expect(heard(ann)).toEqual(['music'])
})

describe('recordings', () => {
  test('what is said is recorded from when they hear each other until the end', async () => {
    const ann = await comes('ann', { conference: { recording: { trim: false } } })
    await clock.advance(10_000)
    const bob = await comes('bob')
    await clock.advance(7_000)
    expect(only().state.isRecorded).toBe(true)
    for (const { farEnd } of [ann, bob]) farEnd.hangUp()
    await clock.settle()
    expect(kept).toEqual([{ durationMs: 7_000 }])
    expect([ann.call.recordings, bob.call.recordings]).toEqual([[], ['https://pivot.example/r.wav']])
    expect(told.slice(-4)).toEqual(['left ann (hung up) 1', 'left bob (hung up) 0', 'recorded 0', 'ended (empty) 0'])
  })

  test('a recording is begun and stopped from outside', async () => {
    const ann = await comes('ann')
    const bob = await comes('bob')
    only().record({ trim: false })
    only().record({ trim: false })
    await clock.advance(3_000)
    only().stopRecording()
    await clock.settle()
    expect(kept).toEqual([{ durationMs: 3_000 }])
    expect(only().state.isRecorded).toBe(false)
    expect([ann.call.recordings, bob.call.recordings]).toEqual([
      ['https://pivot.example/r.wav'],
      ['https://pivot.example/r.wav'],
    ])
  })

  test('the records of those with whom the conference ends wait for its recording', async () => {
    let keep = (): void => undefined
    recordings.keep = () => new Promise((resolve) => (keep = () => resolve({ url: 'https://pivot.example/late.wav' })))
    const ann = await comes('ann', { endsConference: true })
    const bob = await comes('bob')
    only().record({ trim: false })
    ann.farEnd.hangUp()
    await clock.settle()
    const finished: string[] = []
    for (const { call } of [ann, bob]) void call.finished().then(() => finished.push(call.recordings.join()))
    await clock.settle()
    expect(finished).toEqual([])
    keep()
    await clock.settle()
    expect(finished).toEqual(['https://pivot.example/late.wav', 'https://pivot.example/late.wav'])
  })

  test('a recording that cannot be kept is told of', async () => {
    recordings.keep = () => Promise.reject(new Error('no disk'))
    const ann = await comes('ann')
    only().record({ trim: false })
    ann.farEnd.hangUp()
    await clock.settle()
    expect(told).toContain('recording failed 0')
  })
})

test('what is played from outside is heard one after another, and told of when it is over', async () => {
  const ann = await comes('ann')
  await comes('bob')
  for (const sound of ['hello', 'absent', 'ding']) void only().announce(stored(sound))
  await clock.advance(100)
  expect(ann.farEnd.soundsHeard.map(nameOf)).toEqual(['hello'])
  await clock.advance(2_000)
  expect(ann.farEnd.soundsHeard.map(nameOf)).toEqual(['ding'])
  await clock.advance(2_000)
  expect(told.slice(-3)).toEqual(['announced 2', 'announcement failed 2', 'announced 2'])
})
