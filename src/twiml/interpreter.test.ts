import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lintTwiml } from './index.ts'
import { twimlConversation } from '../../test/support/twiml-conversation.ts'

test('an empty document is over, and warned of', async () => {
  const { server, document } = twimlConversation('')
  await server.warns(12200, '1:-9')
  await document.finishes()
})

test('verbs are carried out from top to bottom', async () => {
  const { caller, document } = twimlConversation('<Say>One</Say><Play>m2</Play><!-- aside --><Say>Three</Say>')
  await caller.isAnswered()
  await caller.hearsSaid('One')
  await caller.hears('m2')
  await caller.hearsSaid('Three')
  await document.finishes()
})

test.each([
  '<Sms>hi</Sms>',
  '<Connect><Stream url="wss://dev.example/s"/></Connect>',
  '<Enqueue>q</Enqueue>',
  '<Sing/>',
  '<say>hi</say>',
  '<Number/>',
])('%s is skipped with a warning', async (verb) => {
  const { caller, server, document } = twimlConversation(`${verb}<Say>ok</Say>`)
  await server.warns(12200, '1:1')
  await caller.isAnswered()
  await caller.hearsSaid('ok')
  await document.finishes()
})

test('text between verbs is ignored with a warning', async () => {
  const { caller, server, document } = twimlConversation('oops<Say>ok</Say>')
  await server.warns(12200, '1:1')
  await caller.isAnswered()
  await caller.hearsSaid('ok')
  await document.finishes()
})

test('verbs that are never reached are warned of', async () => {
  const { server, document } = twimlConversation('<Redirect>/k</Redirect><Say>never</Say>')
  await server.warns(12200, '1:24')
  await document.asks('https://dev.example/k', 'POST', {})
})

test('a document cannot flood the story with warnings', async () => {
  const { document, call } = twimlConversation('<a/>'.repeat(5_000), { isQuiet: true })
  let warnings = 0
  call.tell = (fact) => void (warnings += fact.type === 'twiml.warned' ? 1 : 0)
  await document.ends()
  expect(warnings).toBeLessThanOrEqual(50)
})

test('the caller who is gone hears no more', async () => {
  const { caller, document } = twimlConversation('<Say>One</Say><Say>Two</Say>')
  await caller.isAnswered()
  await caller.hearsSaid('One')
  await caller.hangsUp()
  await document.isAbandoned()
})

test('nothing is done for a caller who was gone before', async () => {
  await twimlConversation('<Redirect>/k</Redirect>', { isGone: true }).document.isAbandoned()
})

const attribute = fc.constantFrom(
  'loop="0"',
  'loop="3"',
  'terminators=""',
  'terminators="#"',
  'digits="w1"',
  'numDigits="2"',
  'timeout="1"',
  'timeout="0"',
  'finishOnKey=""',
  'action="/k"',
  'action="http://["',
  'method="GET"',
  'length="2"',
  'length="x"',
  'reason="busy"',
  'prompt="m1"',
  'playBeep="false"',
  'maxLength="9"',
  'transcribe="true"',
  'recordingStatusCallback="/cb"',
  'actionOnEmptyResult="true"',
  'input="speech"',
  'voice="woman"',
  'key="a"',
  'colour="red"',
)

const name = fc.constantFrom(
  ...'Say Play Gather Record Pause Redirect Hangup Reject Set Variable Dial Enqueue Connect Sing break say-as'.split(
    ' ',
  ),
)

const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .record({
      name,
      attributes: fc.uniqueArray(attribute, { maxLength: 4, selector: (text) => text.split('=')[0] }),
      content: fc.array(
        fc.oneof({ maxDepth: 4 }, fc.constantFrom('', ' ', 'm1', 'Hi &amp; bye', '/a.mp3'), tie('element')),
        {
          maxLength: 3,
        },
      ),
    })
    .map(({ name, attributes, content }) => `<${[name, ...attributes].join(' ')}>${content.join('')}</${name}>`),
}))

test('whatever the document and the caller do, it ends, and nothing fails without a name', async () => {
  const actions = fc.array(fc.oneof(fc.constantFrom('1', '#', '12#', '*9'), fc.integer({ min: 1, max: 9_000 })), {
    maxLength: 6,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(element, { maxLength: 5 }), actions, async (verbs, actions) => {
      lintTwiml(`<Response>${verbs.join('')}</Response>`)
      const { caller, document } = twimlConversation(verbs.join(''), { isQuiet: true })
      for (const action of actions) {
        if (typeof action === 'string') await caller.presses(action)
        else await caller.waits(action)
      }
      await document.ends()
    }),
    { numRuns: 100 },
  )
}, 20_000)
