import { expect, test } from 'vitest'
import { twimlConversation } from '../../../test/support/twiml-conversation.ts'

test('a leading Pause lets it ring, and the next sound answers', async () => {
  const { caller, document, clock } = twimlConversation('<Pause length="3"/><Say>Hi</Say>')
  await caller.hearsRinging()
  await caller.isAnswered()
  expect(clock.now()).toBe(3_000)
  await caller.hearsSaid('Hi')
  await document.finishes()
})

test('a document of only a Pause never answers', async () => {
  const { caller, document, call } = twimlConversation('<Pause/>')
  await caller.hearsRinging()
  await document.finishes()
  expect(call.leg.state).toBe('ringing')
})

test('on an answered call it is silence', async () => {
  const { caller, document, clock } = twimlConversation('<Pause/><Say>Hi</Say>', { isAnswered: true })
  await caller.hearsSaid('Hi')
  expect(clock.now()).toBe(1_000)
  await document.finishes()
})

test('who hangs up during a Pause does not wait for its end', async () => {
  const { caller, document, clock } = twimlConversation('<Pause length="60"/>')
  await caller.hearsRinging()
  await caller.waits(1_500)
  await caller.hangsUp()
  await document.isAbandoned()
  expect(clock.now()).toBe(1_500)
})

test.each([
  ['0', 1_000],
  ['-1', 1_000],
  ['soon', 1_000],
  ['1.5', 1_000],
  ['99999', 3_600_000],
])('length="%s" is warned of and lasts %d ms', async (length, ms) => {
  const { server, document, clock } = twimlConversation(`<Pause length="${length}"/>`, { isAnswered: true })
  await server.warns(13910, '1:8')
  await document.finishes()
  expect(clock.now()).toBe(ms)
})
