import { describe, expect, test } from 'vitest'
import { twimlConversation } from '../../../test/support/twiml-conversation.ts'

const beep = 'tone_stream://%(500,0,440)'
const recordingSid = expect.stringMatching(/^RE[0-9a-f]{32}$/) as unknown as string

const recorded = (seconds: string, digits: string, url = 'https://pivot.example/r/1') => ({
  RecordingUrl: url,
  RecordingSid: recordingSid,
  RecordingDuration: seconds,
  Digits: digits,
})

test('after the beep the caller speaks and ends with a key', async () => {
  const { caller, server, document, state } = twimlConversation('<Record action="done.php"/>')
  await caller.isAnswered()
  await caller.hears(beep)
  await server.records()
  await caller.speaks(3_000)
  await caller.presses('#')
  await document.asks('https://dev.example/done.php', 'POST', recorded('3', '#'))
  expect(state.recording).toMatchObject({ RecordingDuration: '3', RecordingUrl: 'https://pivot.example/r/1' })
})

test('without a beep, ended by five seconds of silence', async () => {
  const { caller, server, document, clock } = twimlConversation('<Record playBeep="false" method="GET"/>')
  await caller.isAnswered()
  await server.records()
  await caller.speaks(2_000)
  await document.asks('https://dev.example/p', 'GET', recorded('2', 'hangup'))
  expect(clock.now()).toBe(7_000)
})

test('the caller who hangs up has said something all the same', async () => {
  const { caller, server, document } = twimlConversation('<Record playBeep="false"/><Say>never</Say>')
  await caller.isAnswered()
  await server.records()
  await caller.speaks(2_000)
  await caller.hangsUp()
  await document.asks('https://dev.example/p', 'POST', recorded('2', 'hangup'))
})

test('nothing but silence goes on with the next verb', async () => {
  const { caller, server, document, discarded } = twimlConversation(
    '<Record playBeep="false" timeout="3"/><Say>Bye</Say>',
  )
  await caller.isAnswered()
  await server.records()
  await caller.hearsSaid('Bye')
  await document.finishes()
  expect(discarded).toHaveLength(1)
})

test('timeout 0 never ends it, maxLength does', async () => {
  const { caller, server, document, clock } = twimlConversation(
    '<Record playBeep="false" timeout="0" maxLength="30" trim="do-not-trim"/>',
  )
  await caller.isAnswered()
  await server.records()
  await document.asks('https://dev.example/p', 'POST', recorded('30', 'hangup'))
  expect(clock.now()).toBe(30_000)
})

test('only the keys of finishOnKey end it', async () => {
  const { caller, server, document } = twimlConversation('<Record playBeep="false" finishOnKey="9*"/>')
  await caller.isAnswered()
  await server.records()
  await caller.speaks(1_000)
  await caller.presses('1')
  await caller.presses('9')
  await document.asks('https://dev.example/p', 'POST', recorded('1', '9'))
})

test('keys pressed before it began do not end it', async () => {
  const { caller, server, document } = twimlConversation('<Record/>')
  await caller.isAnswered()
  await caller.hears(beep)
  await caller.presses('5')
  await server.records()
  await caller.speaks(1_000)
  await caller.presses('#')
  await document.asks('https://dev.example/p', 'POST', recorded('1', '#'))
})

test('the file is sent where recordingUrl says, under the name of the call', async () => {
  const { caller, server, document, keptRecordings } = twimlConversation(
    '<Record playBeep="false" recordingUrl="/up" recordStoreMethod="post"/>',
  )
  await caller.isAnswered()
  await server.records()
  await caller.speaks(1_000)
  await document.asks('https://dev.example/p', 'POST', recorded('1', 'hangup', 'https://dev.example/up'))
  expect(keptRecordings).toEqual([
    {
      accountId: 'A1',
      callId: 'C1',
      interactionId: expect.stringMatching(/^\d+-[0-9a-f]{8}$/) as string,
      format: 'wav',
      upload: { url: 'https://dev.example/up', method: 'POST', fileName: 'call_recording_C1.wav' },
    },
  ])
})

test('transcribe is warned of', async () => {
  const { caller, server, document } = twimlConversation('<Record playBeep="false" transcribe="true"/>')
  await server.warns(13619, '1:1')
  await caller.isAnswered()
  await server.records()
  await document.finishes()
})

describe('recordingStatusCallback', () => {
  const common = {
    AccountSid: 'A1',
    CallSid: 'C1',
    RecordingSid: recordingSid,
    RecordingChannels: '1',
    RecordingSource: 'RecordVerb',
    RecordingTrack: 'inbound',
    RecordingStartTime: 'Thu, 01 Jan 1970 00:00:00 +0000',
  }

  test('is told when the recording is complete', async () => {
    const { caller, server, document, toldToServers } = twimlConversation(
      '<Record playBeep="false" recordingStatusCallback="/cb"/>',
    )
    await caller.isAnswered()
    await server.records()
    await caller.speaks(2_000)
    await server.tells('https://dev.example/cb', 'completed')
    await document.asks('https://dev.example/p', 'POST', recorded('2', 'hangup'))
    expect(toldToServers).toEqual([
      {
        url: 'https://dev.example/cb',
        method: 'POST',
        parameters: {
          ...common,
          RecordingStatus: 'completed',
          RecordingUrl: 'https://pivot.example/r/1',
          RecordingDuration: '2',
        },
      },
    ])
  })

  test('is told the events it asked for', async () => {
    const { caller, server, document, toldToServers } = twimlConversation(
      '<Record playBeep="false" recordingStatusCallback="/cb" recordingStatusCallbackMethod="GET" recordingStatusCallbackEvent="in-progress absent"/>',
    )
    await caller.isAnswered()
    await server.tells('https://dev.example/cb', 'in-progress')
    await server.records()
    await server.tells('https://dev.example/cb', 'absent')
    await document.finishes()
    expect(toldToServers.map(({ method, parameters }) => [method, parameters])).toEqual([
      ['GET', { ...common, RecordingStatus: 'in-progress' }],
      ['GET', { ...common, RecordingStatus: 'absent', RecordingDuration: '0' }],
    ])
  })
})
