import { expect, test } from 'vitest'
import { branchTo, diallingHouse, planOf } from '../../test/support/dialling-house.ts'
import { confirmsByKey, type Branch } from '../call/index.ts'
import { describe as told, perform, readTranscript, type World } from './index.ts'

type Branches = (world: World) => readonly Branch[]

/** @returns the first difference, and the transcript as it went */
async function run(branches: Branches, ...lines: string[]) {
  const house = diallingHouse((world) => planOf(branches(world)), { cdrs: [] })
  const transcript = readTranscript(['# Somebody is called.', ...lines].join('\n'))
  const { difference, updated } = await perform(transcript, house)
  return { difference: difference && told(difference, 'a.call').split('\n'), updated: updated.split('\n').slice(1, -1) }
}

const phones: Branches = () => [branchTo('u1'), branchTo('u2')]

const race = [
  'caller   dials 100',
  'server   dials u1',
  'server   dials u2',
  'callee   u1 rings',
  'callee   u2 rings',
  'callee   u1 answers after 2000 ms',
  'callee   u2 never answers',
  'server   cancels u2 LOSE_RACE after 2000 ms',
  'server   answers',
  'server   bridges u1',
  'after    500 ms',
  'callee   u1 hangs up',
  'server   hangs up NORMAL_CLEARING',
]

test('a call of several parties goes as written', async () => {
  expect((await run(phones, ...race)).difference).toBeUndefined()
})

test('what was forgotten is found and can be written down', async () => {
  const forgotten = 'server   cancels u2 LOSE_RACE after 2000 ms'
  const { difference, updated } = await run(phones, ...race.filter((line) => line !== forgotten))
  expect(difference?.slice(-2)).toEqual(["+ 'server   answers'", "- 'server   cancels u2 LOSE_RACE'"])
  expect(updated).toContain('server   cancels u2 LOSE_RACE')
})

test('whoever is called again does what is said of them next', async () => {
  const { difference } = await run(
    () => [branchTo('u1'), branchTo('u1', { delayMs: 3_000 })],
    'callee   u1 is busy',
    'callee   u1 sends early media and answers after 1 s',
    'caller   dials 100',
    'server   dials u1',
    'server   dials u1 after 3 s',
    'server   bridges u1 early',
    'server   answers after 1 s',
    'server   bridges',
    'caller   hangs up',
    'server   hangs up on u1',
  )
  expect(difference).toBeUndefined()
})

test('somebody who is asked hears, presses and is heard of', async () => {
  const prompt = [{ kind: 'stored', accountId: 'A1', id: 'press-1' } as const]
  const { difference } = await run(
    ({ clock }) => [branchTo('u1', { screen: confirmsByKey({ key: '1', prompt, timeoutMs: 5_000, clock }) })],
    'media    press-1 missing',
    'callee   u1 answers',
    'caller   dials 100',
    'server   dials u1',
    'callee   u1 misses press-1',
    'callee   u1 presses 1',
    'server   answers',
    'server   bridges u1',
    'callee   u1 hangs up',
    'callee   u1 is gone',
    'server   hangs up',
  )
  expect(difference).toBeUndefined()
})

test('an address is called by all of it or by its user, and without anything said it rings', async () => {
  const target = { kind: 'sip', uri: 'sip:desk@pbx.example:5080;transport=tcp' } as const
  const desk = (): Branch => branchTo('desk', { target, timeoutMs: 4_000 })
  const { difference } = await run(
    () => [desk(), { ...desk(), delayMs: 5_000 }],
    'callee   desk is unreachable',
    'callee   desk@pbx.example:5080 never answers',
    'caller   dials 100',
    'server   dials desk@pbx.example:5080',
    'server   dials desk@pbx.example:5080 after 5 s',
    'server   cancels desk@pbx.example:5080 NO_ANSWER after 4 s',
    'server   hangs up NO_ANSWER',
  )
  expect(difference).toBeUndefined()
})
