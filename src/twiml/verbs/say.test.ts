import { describe, expect, test } from 'vitest'
import { twimlConversation } from '../../../test/support/twiml-conversation.ts'
import type { MediaSource } from '../../call/index.ts'

/** What the first `<Say>` has spoken. */
async function speechHeard(verbs: string): Promise<MediaSource & { kind: 'speech' }> {
  const { document, heard } = twimlConversation(verbs, { isQuiet: true })
  await document.ends()
  const [speech] = heard
  if (speech?.kind !== 'speech') throw new Error('nothing was said')
  return speech
}

test('the caller is answered, hears the text and the document is over', async () => {
  const { caller, document } = twimlConversation('<Say>Hi</Say>')
  await caller.isAnswered()
  await caller.hearsSaid('Hi')
  await document.finishes()
})

test('white space and CDATA are read as people would', async () => {
  const { caller, document } = twimlConversation('<Say>\n  Fish\n  <![CDATA[& chips]]>\n</Say>')
  await caller.isAnswered()
  await caller.hearsSaid('Fish & chips')
  await document.finishes()
})

test.each([
  ['', { voice: 'male', language: 'en-us' }],
  ['voice="man"', { voice: 'male' }],
  ['voice="woman"', { voice: 'female' }],
  ['voice="alice" language="de-DE"', { voice: 'female', language: 'de-DE' }],
  ['voice="male"', { voice: 'male' }],
  ['voice="female"', { voice: 'female' }],
  ['voice="Polly.Joanna-Neural"', { voice: 'Polly.Joanna-Neural' }],
  ['voice="Google.en-US-Neural2-A"', { voice: 'Google.en-US-Neural2-A' }],
  ['voice="slt" engine="flite"', { voice: 'slt', engine: 'flite' }],
])('<Say %s> asks for %j', async (attributes, speech) => {
  expect(await speechHeard(`<Say ${attributes}>Hi</Say>`)).toMatchObject(speech)
})

test('an unknown voice is warned of and the default voice speaks', async () => {
  const { caller, server, document } = twimlConversation('<Say voice="darth">Hi</Say>')
  await server.warns(13511, '1:6')
  await caller.isAnswered()
  await caller.hearsSaid('Hi')
  await document.finishes()
})

test('speech markup goes along, without what is no speech markup', async () => {
  const speech = await speechHeard(
    '<Say>It is <say-as interpret-as="date" role="mdy" x="1">5/1</say-as><break time="1s"/><b>now</b> &lt; &amp; <sub alias="doctor">Dr</sub></Say>',
  )
  expect(speech).toMatchObject({
    text: 'It is 5/1 now < & doctor',
    ssml: 'It is <say-as interpret-as="date" format="mdy">5/1</say-as><break time="1s"/>now &lt; &amp; <sub alias="doctor">Dr</sub>',
  })
})

test('a Say without text answers and is warned of', async () => {
  const { caller, server, document } = twimlConversation('<Say> </Say>')
  await server.warns(13520, '1:1')
  await caller.isAnswered()
  await document.finishes()
})

test('text over 4096 characters is cut there', async () => {
  const speech = await speechHeard(`<Say>${'a'.repeat(5000)}<break/></Say>`)
  expect(speech.text).toHaveLength(4096)
  expect(speech.ssml).toBeUndefined()
})

test('loop says it so often', async () => {
  const { caller, document } = twimlConversation('<Say loop="2">Hi</Say>')
  await caller.isAnswered()
  await caller.hearsSaid('Hi')
  await caller.hearsSaid('Hi')
  await document.finishes()
})

test('loop 0 says it until the caller hangs up', async () => {
  const { caller, document, clock } = twimlConversation('<Say loop="0">Hi</Say>', { media: { '"Hi"': 1000 } })
  await caller.isAnswered()
  await caller.hearsSaid('Hi')
  await caller.waits(900_000)
  await caller.hangsUp()
  await document.isAbandoned()
  expect(clock.now()).toBe(900_000)
})

describe('digits while something is said', () => {
  test('any digit ends it, and is kept for the next request', async () => {
    const { caller, document, clock } = twimlConversation('<Say>Hello</Say><Redirect>/next</Redirect>')
    await caller.isAnswered()
    await caller.hearsSaid('Hello')
    await caller.presses('7')
    await document.asks('https://dev.example/next', 'POST', { Digits: '7' })
    expect(clock.now()).toBe(0)
  })

  test('only a terminator ends it, when there are terminators', async () => {
    const { caller, document } = twimlConversation('<Say terminators="#">Hello</Say><Redirect/>')
    await caller.isAnswered()
    await caller.hearsSaid('Hello')
    await caller.presses('12#')
    await document.asks('https://dev.example/p', 'POST', { Digits: '12#' })
  })

  test('nothing ends it when terminators is empty', async () => {
    const { caller, document, clock } = twimlConversation('<Say terminators="">Hello</Say>', {
      media: { '"Hello"': 2000 },
    })
    await caller.isAnswered()
    await caller.hearsSaid('Hello')
    await caller.presses('1')
    await document.finishes()
    expect(clock.now()).toBe(2000)
  })

  test('a digit pressed before it began does not end it', async () => {
    const { caller, document, clock } = twimlConversation('<Pause/><Say>Hello</Say>', {
      isAnswered: true,
      media: { '"Hello"': 2000 },
    })
    await caller.presses('1')
    await caller.hearsSaid('Hello')
    await document.finishes()
    expect(clock.now()).toBe(3000)
  })
})

test('what cannot be said is warned of, and the call goes on', async () => {
  const { caller, server, document } = twimlConversation('<Say>Hej</Say><Say>Bye</Say>', {
    media: { '"Hej"': 'missing' },
  })
  await caller.isAnswered()
  await server.warns(11200, '1:1')
  await caller.hearsSaid('Bye')
  await document.finishes()
})
