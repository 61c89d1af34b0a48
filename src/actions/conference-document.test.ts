import { describe, expect, test } from 'vitest'
import { silentLog, VirtualClock } from '../base/index.ts'
import { Call } from '../call/index.ts'
import { simulatedLeg } from '../drivers/simulator/index.ts'
import { readConference, toneOf, usualTones } from './conference-document.ts'

const party = { user: '100', realm: 'a1.example' }
const clock = new VirtualClock()
const { leg } = simulatedLeg({ clock, from: party, to: party })
const account = { id: 'A1', realm: 'a1.example', language: 'de-de', timezone: 'UTC', country: 'DE' }
const call = new Call({ leg, account, number: '100', clock, log: silentLog, observers: [] })
const read = (document: unknown, isStored = true) => readConference(document, 'c1', { call }, { isStored })

describe('a conference document', () => {
  test('an empty one is what KAZOO makes of it', () => {
    expect(read({})).toMatchObject({
      key: 'c1',
      name: 'c1',
      member: { joinsMuted: true, joinsDeaf: false, isTold: true, pins: [] },
      moderator: { joinsMuted: false },
      mostParticipants: 250,
      saysWelcome: true,
      saysNames: false,
      waitsForModerator: false,
      pinMs: 5_000,
      language: 'de-de',
    })
  })

  test('members of a conference without a document are heard', () => {
    expect(read({}, false).member.joinsMuted).toBe(false)
  })

  test('where a moderator is needed, members wait for one', () => {
    expect(read({ require_moderator: true })).toMatchObject({ needsModerator: true, waitsForModerator: true })
    expect(read({ wait_for_moderator: true })).toMatchObject({ needsModerator: false, waitsForModerator: true })
  })

  test.each([
    [0, 250],
    [3, 3],
    [10_000, 250],
    ['12', 12],
    ['many', 250],
  ])('max_participants %j: %i', (max_participants, mostParticipants) => {
    expect(read({ max_participants }).mostParticipants).toBe(mostParticipants)
  })

  test('what makes no sense is as if it were not there', () => {
    expect(read({ pin_timeout: -1, member: 'x', language: 7 })).toMatchObject({ pinMs: 1, member: { pins: [] } })
    expect(read({ pin_timeout: 900_000 }).pinMs).toBe(60_000)
    expect(read('nonsense').name).toBe('c1')
  })
})

test('a tone is what is said first: none, the usual one, or media', () => {
  const usual = [{ kind: 'tone', spec: usualTones.entry }]
  expect(toneOf([undefined, undefined], 'entry', { call })).toEqual(usual)
  expect(toneOf([undefined, false], 'entry', { call })).toEqual([])
  expect(toneOf([true, false], 'entry', { call })).toEqual(usual)
  expect(toneOf(['ding', false], 'entry', { call })).toEqual([{ kind: 'stored', accountId: 'A1', id: 'ding' }])
})
