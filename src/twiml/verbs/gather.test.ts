import { describe, expect, test } from 'vitest'
import { newSessionState } from '../index.ts'
import { twimlConversation } from '../../../test/support/twiml-conversation.ts'

const asked = (digits: string, key = '') => ({ Digits: digits, FinishedOnKey: key, msg: 'Gather End' })

describe('a menu: one digit', () => {
  const menu = '<Gather numDigits="1" action="/k" method="GET"><Say>Press 1</Say></Gather><Say>Bye</Say>'

  test('pressed during the prompt stops it and is told to action', async () => {
    const { caller, document, clock } = twimlConversation(menu)
    await caller.isAnswered()
    await caller.hearsSaid('Press 1')
    await caller.presses('1')
    await document.asks('https://dev.example/k', 'GET', asked('1'))
    expect(clock.now()).toBe(0)
  })

  test('nothing within five seconds of the prompt goes on with the next verb', async () => {
    const { caller, document, clock } = twimlConversation(menu, { media: { '"Press 1"': 2_000, '"Bye"': 1_000 } })
    await caller.isAnswered()
    await caller.hearsSaid('Press 1')
    await caller.hearsSaid('Bye')
    expect(clock.now()).toBe(7_000)
    await document.finishes()
  })

  test('only the finish key is no digit at all', async () => {
    const { caller, document } = twimlConversation(menu)
    await caller.isAnswered()
    await caller.hearsSaid('Press 1')
    await caller.presses('#')
    await caller.hearsSaid('Bye')
    await document.finishes()
  })

  test('the caller who hangs up hears nothing more', async () => {
    const { caller, document } = twimlConversation(menu)
    await caller.isAnswered()
    await caller.hearsSaid('Press 1')
    await caller.hangsUp()
    await document.isAbandoned()
  })
})

test('the finish key ends the digits and is none of them', async () => {
  const { caller, document } = twimlConversation('<Gather finishOnKey="*" timeout="10"><Play>m1</Play></Gather>')
  await caller.isAnswered()
  await caller.hears('m1')
  await caller.presses('12*')
  await document.asks('https://dev.example/p', 'POST', asked('12', '*'))
})

test('without a finish key # is a digit', async () => {
  const { caller, document, clock } = twimlConversation('<Gather finishOnKey=""/>')
  await caller.isAnswered()
  await caller.presses('1#')
  await document.asks('https://dev.example/p', 'POST', asked('1#'))
  expect(clock.now()).toBe(5_000)
})

test('each digit restarts the timer', async () => {
  const { caller, document, clock } = twimlConversation('<Gather timeout="3"/>')
  await caller.isAnswered()
  for (const digit of '123') {
    await caller.waits(2_900)
    await caller.presses(digit)
  }
  await document.asks('https://dev.example/p', 'POST', asked('123'))
  expect(clock.now()).toBe(3 * 2_900 + 3_000)
})

test('the timer starts at the first digit when that stops the prompt', async () => {
  const { caller, document, clock } = twimlConversation('<Gather timeout="3"><Say>A long story</Say></Gather>', {
    media: { '"A long story"': 60_000 },
  })
  await caller.isAnswered()
  await caller.hearsSaid('A long story')
  await caller.waits(10_000)
  await caller.presses('1')
  await document.asks('https://dev.example/p', 'POST', asked('1'))
  expect(clock.now()).toBe(13_000)
})

test('a digit stops the prompts also during a later one', async () => {
  const prompts = '<Say>One</Say><Pause length="2"/><Play>m1</Play><Say>never</Say>'
  const { caller, document, clock } = twimlConversation(`<Gather numDigits="1">${prompts}</Gather>`, {
    media: { '"One"': 1_000, m1: 1_000 },
  })
  await caller.isAnswered()
  await caller.hearsSaid('One')
  await caller.hears('m1')
  await caller.waits(500)
  await caller.presses('9')
  await document.asks('https://dev.example/p', 'POST', asked('9'))
  expect(clock.now()).toBe(3_500)
})

test('a digit during a nested Pause', async () => {
  const { caller, document, clock } = twimlConversation('<Gather numDigits="1"><Pause length="9"/></Gather>')
  await caller.isAnswered()
  await caller.waits(4_000)
  await caller.presses('5')
  await document.asks('https://dev.example/p', 'POST', asked('5'))
  expect(clock.now()).toBe(4_000)
})

test('a prompt that cannot be played is skipped, and digits are still taken', async () => {
  const { caller, server, document } = twimlConversation('<Gather><Play>gone</Play><Say>Go</Say></Gather>', {
    media: { gone: 'missing' },
  })
  await caller.isAnswered()
  await server.warns(11200, '1:9')
  await caller.hearsSaid('Go')
  await caller.presses('1#')
  await document.asks('https://dev.example/p', 'POST', asked('1', '#'))
})

test('what cannot be a prompt is skipped', async () => {
  const { caller, server, document } = twimlConversation('<Gather><Dial>1</Dial><Sing/><Say>Go</Say></Gather>')
  await server.warns(13320, '1:9')
  await server.warns(13320, '1:23')
  await caller.isAnswered()
  await caller.hearsSaid('Go')
  await document.finishes()
})

describe('digits typed ahead', () => {
  test('begin a Gather without prompts', async () => {
    const { caller, document } = twimlConversation('<Say>Your PIN</Say><Gather numDigits="4"/>')
    await caller.isAnswered()
    await caller.hearsSaid('Your PIN')
    await caller.presses('1234')
    await document.asks('https://dev.example/p', 'POST', asked('1234'))
  })

  test('are forgotten by a Gather with prompts', async () => {
    const state = { ...newSessionState(), typedAhead: '99' }
    const { caller, document } = twimlConversation('<Gather numDigits="2"><Say>Go</Say></Gather>', { state })
    await caller.isAnswered()
    await caller.hearsSaid('Go')
    await caller.presses('12')
    await document.asks('https://dev.example/p', 'POST', asked('12'))
    expect(state.typedAhead).toBe('')
  })

  test('that are too many wait for the next Gather', async () => {
    const state = { ...newSessionState(), typedAhead: '12#34' }
    await twimlConversation('<Gather/>', { state, isAnswered: true }).document.asks(
      'https://dev.example/p',
      'POST',
      asked('12', '#'),
    )
    expect(state.typedAhead).toBe('34')
  })
})

test('actionOnEmptyResult tells that there was nothing', async () => {
  const { caller, document } = twimlConversation('<Gather actionOnEmptyResult="TRUE" action="k"/>')
  await caller.isAnswered()
  await document.asks('https://dev.example/k', 'POST', asked(''))
})

test.each(['speech', 'dtmf speech', 'speech dtmf'])('input="%s" is warned of and takes digits', async (input) => {
  const { caller, server, document } = twimlConversation(`<Gather input="${input}" hints="a,b"/>`)
  await server.warns(12200, '1:9')
  await caller.isAnswered()
  await caller.presses('1#')
  await document.asks('https://dev.example/p', 'POST', asked('1', '#'))
})

test('timeout="auto" is five seconds', async () => {
  const { caller, document, clock } = twimlConversation('<Gather timeout="auto"/>')
  await caller.isAnswered()
  await document.finishes()
  expect(clock.now()).toBe(5_000)
})

test('Play does not send digits in a Gather', async () => {
  const { caller, server, document } = twimlConversation('<Gather><Play digits="1"/></Gather>')
  await caller.isAnswered()
  await server.warns(13320, '1:9')
  await document.finishes()
})
