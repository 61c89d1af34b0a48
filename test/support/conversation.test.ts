import { expect, test } from 'vitest'
import { conversation } from './conversation.ts'

const welcome = { module: 'play', data: { id: 'welcome' } }

test('a conversation goes as it is told', async () => {
  const { caller, clock, isOver } = conversation(welcome, { media: { welcome: 3_000 } })
  await caller.dials('100')
  await caller.isAnswered()
  await caller.hears('welcome')
  await caller.isHungUpOn()
  await isOver()
  expect(clock.now()).toBeGreaterThanOrEqual(3_000)
})

test('a wrong expectation shows the call so far', async () => {
  const { caller } = conversation(welcome)
  await caller.dials('100')
  await caller.isAnswered()
  await expect(caller.hears('sorry')).rejects.toThrow(
    "after:\n  caller   dials 100\n  server   answers\n+ 'caller   hears sorry'\n- 'caller   hears welcome'",
  )
})

test('what nobody mentions is a difference at the end', async () => {
  const { caller, isOver } = conversation(welcome)
  await caller.dials('100')
  await caller.isAnswered()
  await expect(isOver()).rejects.toThrow("+ nothing more\n- 'caller   hears welcome'")
})

test('an answer that nobody asks for is a difference at the end', async () => {
  const { caller, webhook, isOver } = conversation(welcome)
  webhook.says(welcome)
  await caller.dials('100')
  await caller.isAnswered()
  await caller.hears('welcome')
  await caller.isHungUpOn()
  await expect(isOver()).rejects.toThrow('webhook  is asked again')
})
