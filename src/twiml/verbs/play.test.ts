import { expect, test } from 'vitest'
import { twimlConversation } from '../../../test/support/twiml-conversation.ts'

test.each([
  ['https://media.example/a.mp3', 'https://media.example/a.mp3'],
  ['\n  https://media.example/a.mp3?x=1&amp;y=2\n ', 'https://media.example/a.mp3?x=1&y=2'],
  ['/a.mp3', 'https://dev.example/a.mp3'],
  ['sounds/a.mp3', 'https://dev.example/app/sounds/a.mp3'],
  ['hold.wav', 'https://dev.example/app/hold.wav'],
  ['?sound=1', 'https://dev.example/app/p?sound=1'],
  ['m1', 'm1'],
  ['0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef'],
  ['/00000000000000000000000000000001/0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef'],
  ['prompt://A1/vm-goodbye/en-us', 'vm-goodbye'],
  ['/system_media/en-us/vm-goodbye', 'vm-goodbye'],
  ['tone_stream://%(200,0,500)', 'tone_stream://%(200,0,500)'],
])('<Play>%s</Play> is %s', async (text, heard) => {
  const { caller, document } = twimlConversation(`<Play>${text}</Play>`, { url: 'https://dev.example/app/p' })
  await caller.isAnswered()
  await caller.hears(heard)
  await document.finishes()
})

test('media that cannot be had are skipped with a warning', async () => {
  const { caller, server, document } = twimlConversation('<Play>gone</Play><Play>m2</Play>', {
    media: { gone: 'missing' },
  })
  await caller.isAnswered()
  await server.warns(11200, '1:1')
  await caller.hears('m2')
  await document.finishes()
})

test('a Play of nothing is warned of', async () => {
  const { caller, server, document } = twimlConversation('<Play/>')
  await server.warns(11200, '1:1')
  await caller.isAnswered()
  await document.finishes()
})

test('loop 0 plays until the caller hangs up; a terminator only starts it again', async () => {
  const { caller, document } = twimlConversation('<Play loop="0" terminators="#">hold.wav</Play>')
  await caller.isAnswered()
  await caller.hears('https://dev.example/hold.wav')
  await caller.waits(60_000)
  await caller.presses('1')
  await caller.waits(500)
  await caller.presses('#')
  await caller.hears('https://dev.example/hold.wav')
  await caller.hangsUp()
  await document.isAbandoned()
})

test('a terminator ends one repetition of three', async () => {
  const { caller, document } = twimlConversation('<Play loop="3">m1</Play>')
  await caller.isAnswered()
  await caller.hears('m1')
  await caller.presses('1')
  await caller.hears('m1')
  await caller.hears('m1')
  await document.finishes()
})

test('digits are sent to the caller, then the media is played', async () => {
  const { caller, server, document, clock } = twimlConversation('<Play digits="wW1#">m1</Play>')
  await caller.isAnswered()
  await server.sendsDigits('wW1#')
  expect(clock.now()).toBe(1_900)
  await caller.hears('m1')
  await document.finishes()
})

test('digits that are none are warned of', async () => {
  const { caller, server, document } = twimlConversation('<Play digits="12x"/>')
  await server.warns(13430, '1:7')
  await server.warns(11200, '1:1')
  await caller.isAnswered()
  await document.finishes()
})
