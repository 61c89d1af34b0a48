import { describe, expect, test } from 'vitest'
import { houseApi } from '../../test/support/house-api.ts'
import { nameOf } from '../call/index.ts'
import { toGregorian } from './paging.ts'

const quiet = { play_welcome: false, member: { join_muted: false, play_entry_prompt: false } }
const join = (data: object) => ({
  module: 'conference',
  data: { ...data, welcome_prompt: { play: false }, play_entry_tone: false, play_exit_tone: false },
  children: {},
})

/** 300 leads into a conference of a document, 301 there as a moderator, 302 into one that has none. */
async function scene() {
  const api = await houseApi({
    flows: {
      '300': join({ id: 'weekly' }),
      '301': join({ id: 'weekly', moderator: true }),
      '302': join({ config: { name: 'Ad hoc', ...quiet } }),
    },
    conferences: [
      { id: 'weekly', name: 'Weekly', ...quiet, moderator: { play_entry_prompt: false } },
      { id: 'idle', name: 'Idle' },
    ],
  })
  const begins = async () => {
    await api.calls('mod', '301')
    await api.clock.advance(10_000)
    const ann = await api.calls('ann', '300')
    const bob = await api.calls('bob', '300')
    await api.clock.advance(2_000)
    return { ann, bob }
  }
  return { ...api, begins }
}

const weekly = '/v2/accounts/A1/conferences/weekly'
const accepted = [202, { message: 'ok' }]

describe('what is told', () => {
  test('who is in a conference, and how', async () => {
    const { ask, begins, clock } = await scene()
    await begins()
    const told = await ask(`GET ${weekly}/participants`)
    expect(told.data).toMatchObject([
      { participant_id: 1, call_id: 'mod', is_moderator: true, speak: true, hear: true, duration: 12 },
      {
        participant_id: 2,
        call_id: 'ann',
        caller_id_number: 'ann',
        conference_name: 'Weekly',
        is_moderator: false,
        join_time: toGregorian(clock.now()) - 2,
        duration: 2,
      },
      { participant_id: 3, call_id: 'bob' },
    ])
    expect((await ask(`GET ${weekly}/participants/2`)).data).toMatchObject({ call_id: 'ann' })
    expect((await ask(`GET ${weekly}/participants/bob`)).data).toMatchObject({ participant_id: 3 })
    expect((await ask(`GET ${weekly}/participants/4`)).status).toBe(404)
  })

  test('a document says what goes on with it', async () => {
    const { ask, begins } = await scene()
    const none = { members: 0, moderators: 0, duration: 0, is_locked: false }
    const before = await ask(`GET ${weekly}`)
    expect(before.data).toMatchObject({ name: 'Weekly', _read_only: { ...none, participants: [] } })
    await begins()
    const live = { members: 2, moderators: 1, duration: 12, is_locked: false, is_recorded: false }
    const told = await ask(`GET ${weekly}`)
    expect(told.data).toMatchObject({ _read_only: { ...live, participants: [{}, {}, {}] } })
    expect(told.data).toHaveProperty('_read_only.created')
    expect(told.headers['etag']).toBe(before.headers['etag'])
    expect((await ask('GET /v2/accounts/A1/conferences')).data).toMatchObject([
      { id: 'idle', _read_only: none },
      { id: 'weekly', _read_only: live },
    ])
  })

  test('one that has no document is found by its name or its id', async () => {
    const { ask, calls } = await scene()
    expect((await ask('GET /v2/accounts/A1/conferences/Ad%20hoc/participants')).status).toBe(404)
    expect((await ask('GET /v2/accounts/A1/conferences/Ad%20hoc')).status).toBe(404)
    await calls('ann', '302')
    const list = await ask('GET /v2/accounts/A1/conferences')
    expect(list.data).toMatchObject([{ id: 'idle' }, { id: 'weekly' }, { id: 'Ad hoc', _read_only: { members: 1 } }])
    const { conference_uuid } = (list.data as { _read_only: { conference_uuid: string } }[])[2]?._read_only ?? {}
    for (const name of ['Ad%20hoc', conference_uuid]) {
      const url = `/v2/accounts/A1/conferences/${String(name)}`
      expect((await ask(`GET ${url}`)).data).toMatchObject({ _read_only: { members: 1 } })
      expect((await ask(`GET ${url}/participants`)).data).toMatchObject([{ call_id: 'ann' }])
    }
  })

  test('nobody is in a conference that does not go on; another account has none', async () => {
    const { ask, begins, token } = await scene()
    expect((await ask(`GET ${weekly}/participants`)).data).toEqual([])
    expect((await ask(`PUT ${weekly}`, { data: { action: 'lock' } })).status).toBe(404)
    await begins()
    const stranger = { token: await token('A2', 'admin') }
    const theirs = '/v2/accounts/A2/conferences/weekly'
    expect((await ask(`GET ${theirs}/participants`, stranger)).status).toBe(404)
    expect((await ask(`PUT ${theirs}/participants`, { ...stranger, data: { action: 'kick' } })).status).toBe(404)
    expect((await ask('GET /v2/accounts/A2/conferences', stranger)).data).toEqual([])
  })
})

describe('one participant', () => {
  test.each([
    ['mute', 'unmute', 'speak'],
    ['deaf', 'undeaf', 'hear'],
  ])('%s and %s', async (first, second, field) => {
    const { ask, begins } = await scene()
    await begins()
    for (const [action, is] of [
      [first, false],
      [second, true],
    ] as const) {
      const told = await ask(`PUT ${weekly}/participants/2`, { data: { action } })
      expect([told.status, told.data]).toEqual(accepted)
      expect((await ask(`GET ${weekly}/participants/ann`)).data).toMatchObject({ [field]: is })
    }
  })

  test('who is thrown out is hung up, the others stay', async () => {
    const { ask, begins, clock, isHungUpOn } = await scene()
    const { bob } = await begins()
    await ask(`PUT ${weekly}/participants/ann`, { data: { action: 'kick' } })
    await clock.settle()
    expect(isHungUpOn('ann')).toBe(true)
    expect([...bob.voicesHeard]).toEqual(['mod'])
  })

  test('somebody alone hears something, and then the others again', async () => {
    const { ask, begins, clock, storyOf } = await scene()
    const { ann, bob } = await begins()
    const data = { action: 'play', data: { media_id: 'notice' } }
    expect((await ask(`PUT ${weekly}/participants/2`, { data })).status).toBe(202)
    await clock.settle()
    expect(heardBy(storyOf('ann')).at(-1)).toBe('notice')
    expect(heardBy(storyOf('bob'))).not.toContain('notice')
    await clock.advance(5_000)
    expect([...ann.voicesHeard].sort()).toEqual(['bob', 'mod'])
    expect([...bob.voicesHeard].sort()).toEqual(['ann', 'mod'])
  })
})

describe('all of them', () => {
  test('members are muted, not moderators', async () => {
    const { ask, begins } = await scene()
    await begins()
    expect((await ask(`PUT ${weekly}/participants`, { data: { action: 'mute' } })).status).toBe(202)
    expect((await ask(`GET ${weekly}/participants`)).data).toMatchObject([
      { speak: true },
      { speak: false },
      { speak: false },
    ])
  })

  test.each([
    ['PUT', 'participants', 'kick'],
    ['PUT', '', 'end'],
  ])('everybody leaves: %s %s %s', async (_, below, action) => {
    const { ask, begins, clock, isHungUpOn } = await scene()
    await begins()
    await ask(`PUT ${weekly}/${below}`.replace(/\/$/, ''), { data: { action } })
    await clock.settle()
    expect(['mod', 'ann', 'bob'].filter(isHungUpOn)).toHaveLength(3)
    expect((await ask(`GET ${weekly}/participants`)).data).toEqual([])
  })

  test.each(['', '/participants'])('all hear something: PUT %s', async (below) => {
    const { ask, begins, clock, storyOf } = await scene()
    await begins()
    const data = { action: 'play', data: { media_id: 'https://shop.example/closing.wav' } }
    expect((await ask(`PUT ${weekly}${below}`, { data })).status).toBe(202)
    await clock.settle()
    for (const name of ['mod', 'ann', 'bob']) {
      expect(heardBy(storyOf(name)).at(-1)).toBe('https://shop.example/closing.wav')
    }
  })

  test('nobody comes into a conference that is locked', async () => {
    const { ask, begins, calls, clock, isHungUpOn } = await scene()
    await begins()
    await ask(`PUT ${weekly}`, { data: { action: 'lock' } })
    expect((await ask(`GET ${weekly}`)).data).toMatchObject({ _read_only: { is_locked: true } })
    await calls('late', '300')
    await clock.advance(30_000)
    expect(isHungUpOn('late')).toBe(true)
    await ask(`PUT ${weekly}`, { data: { action: 'unlock' } })
    await calls('later', '300')
    expect((await ask(`GET ${weekly}/participants/later`)).status).toBe(200)
  })

  test('it is recorded while it is wanted', async () => {
    const { ask, begins, clock } = await scene()
    await begins()
    const isRecorded = async (): Promise<unknown> =>
      ((await ask(`GET ${weekly}`)).data as { _read_only: { is_recorded: boolean } })._read_only.is_recorded
    await ask(`PUT ${weekly}`, { data: { action: 'record', data: { action: 'start' } } })
    expect(await isRecorded()).toBe(true)
    await clock.advance(3_000)
    await ask(`PUT ${weekly}`, { data: { action: 'record', data: { action: 'stop' } } })
    await clock.settle()
    expect(await isRecorded()).toBe(false)
  })
})

describe('what cannot be done is refused', () => {
  test.each([
    ['', { action: 'dial', data: { endpoints: ['u1'] } }, { action: { enum: { pointer: '/action' } } }],
    ['', {}, { action: { required: { pointer: '/action' } } }],
    ['', { action: 'play' }, { 'data.media_id': { required: { pointer: '/data/media_id' } } }],
    ['', { action: 'record', data: { action: 'pause' } }, { 'data.action': { enum: { pointer: '/data/action' } } }],
    ['/participants', { action: 'lock' }, { action: { enum: {} } }],
    ['/participants/2', { action: 'play', data: { media_id: ' ' } }, { 'data.media_id': { required: {} } }],
  ])('%s %j', async (below, data, problem) => {
    const { ask, begins } = await scene()
    await begins()
    const told = await ask(`PUT ${weekly}${below}`, { data })
    expect([told.status, told.data]).toMatchObject([400, problem])
  })

  test('a token that may only read changes nothing', async () => {
    const { ask, begins, token, isHungUpOn } = await scene()
    await begins()
    const reader = { token: await token('A1', 'read'), data: { action: 'kick' } }
    for (const below of ['', '/participants', '/participants/2']) {
      expect((await ask(`PUT ${weekly}${below}`, reader)).status).toBe(403)
    }
    expect((await ask(`GET ${weekly}/participants`, reader)).status).toBe(200)
    expect(isHungUpOn('ann')).toBe(false)
    const data = { action: 'kick' }
    expect((await ask(`PUT ${weekly}/participants`, { token: await token('A1', 'calls'), data })).status).toBe(202)
  })
})

const heardBy = (story: Awaited<ReturnType<Awaited<ReturnType<typeof scene>>['storyOf']>>): string[] =>
  story.flatMap((event) =>
    event.type === 'media.started' || event.type === 'conference.played' ? [nameOf(event.media)] : [],
  )
