import { expect, test } from 'vitest'
import { newSessionState } from '../index.ts'
import { twimlConversation } from '../../../test/support/twiml-conversation.ts'

test('Hangup ends an answered call', async () => {
  const { document, state } = twimlConversation('<Hangup/>', { isAnswered: true })
  await document.hangsUp('NORMAL_CLEARING')
  expect(state.callStatus).toBe('completed')
})

test('Hangup declines a call that was not answered', async () => {
  await twimlConversation('<Hangup/>').document.rejects(603, 'Decline')
})

test('Pause and Hangup: it rings for three seconds and is declined', async () => {
  const { caller, document, clock } = twimlConversation('<Pause length="3"/><Hangup/>')
  await caller.hearsRinging()
  await document.rejects(603, 'Decline')
  expect(clock.now()).toBe(3_000)
})

test.each([
  ['reason="busy"', 486, 'Busy Here', 'busy'],
  ['reason="rejected"', 603, 'Decline', 'no-answer'],
  ['', 603, 'Decline', 'no-answer'],
] as const)('<Reject %s/> refuses with %d', async (attributes, status, phrase, callStatus) => {
  const { document, state } = twimlConversation(`<Reject ${attributes}/>`)
  await document.rejects(status, phrase)
  expect(state.callStatus).toBe(callStatus)
})

test('a reason that is none is warned of', async () => {
  const { server, document } = twimlConversation('<Reject reason="tired"/>')
  await server.warns(13810, '1:9')
  await document.rejects(603, 'Decline')
})

test('Reject with a prompt plays it without answering', async () => {
  const { caller, server, document } = twimlConversation('<Reject prompt="sorry"/>')
  await server.opensEarlyMedia()
  await caller.hears('sorry')
  await document.rejects(603, 'Decline')
})

test('Reject hangs up a call that is answered', async () => {
  await twimlConversation('<Reject reason="busy"/>', { isAnswered: true }).document.hangsUp('NORMAL_CLEARING')
})

test.each([
  ['https://dev.example/next', 'https://dev.example/next'],
  ['\n  /k?a=1&amp;b=2 ', 'https://dev.example/k?a=1&b=2'],
  ['k', 'https://dev.example/a/k'],
  ['../k', 'https://dev.example/k'],
  ['?q=1', 'https://dev.example/a/p?q=1'],
  ['.?Dial=true', 'https://dev.example/a/?Dial=true'],
  ['', 'https://dev.example/a/p?x=1'],
  ['/k#ct=1000', 'https://dev.example/k#ct=1000'],
])('<Redirect>%s</Redirect> asks %s without answering', async (text, url) => {
  const { document } = twimlConversation(`<Redirect>${text}</Redirect>`, { url: 'https://dev.example/a/p?x=1' })
  await document.asks(url, 'POST', {})
})

test('Redirect by GET', async () => {
  await twimlConversation('<Redirect method="get">/k</Redirect>').document.asks('https://dev.example/k', 'GET', {})
})

test('Redirect to what is no URL is warned of, and fails by name when it is asked for', async () => {
  const { server, document } = twimlConversation('<Redirect>ftp://dev.example/</Redirect>')
  await server.warns(11100, '1:1')
  await document.asks('ftp://dev.example/', 'POST', {})
})

test('a method that is none is warned of and is POST', async () => {
  const { server, document } = twimlConversation('<Redirect method="PUT">/k</Redirect>')
  await server.warns(13710, '1:11')
  await document.asks('https://dev.example/k', 'POST', {})
})

test('variables of Set and Redirect are remembered, without answering', async () => {
  const { document, state } = twimlConversation(
    '<Set><Variable key="step" value="2"/><Variable key="lang" value="de"/></Set><Redirect>/k<Variable key="step" value="3"/></Redirect>',
  )
  await document.asks('https://dev.example/k', 'POST', {})
  expect(Object.fromEntries(state.variables)).toEqual({ step: '3', lang: 'de' })
})

test('a Variable without a key is warned of', async () => {
  const { server, document, state } = twimlConversation('<Set><Variable value="2"/></Set>')
  await server.warns(12200, '1:6')
  await document.finishes()
  expect(state.variables.size).toBe(0)
})

test('a session has at most a hundred variables', async () => {
  const state = newSessionState()
  for (let number = 0; number < 100; number++) state.variables.set(`v${number}`, '')
  const { server, document } = twimlConversation(
    '<Set><Variable key="v0" value="x"/><Variable key="new" value="x"/></Set>',
    { state },
  )
  await server.warns(12200, '1:36')
  await document.finishes()
  expect(state.variables.get('v0')).toBe('x')
  expect(state.variables.has('new')).toBe(false)
})
