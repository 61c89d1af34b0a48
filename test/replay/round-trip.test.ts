import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sceneHouse } from '../../src/house.ts'
import { readLog, replay, toTranscript } from '../../src/replay/index.ts'
import { describe, perform, readTranscript } from '../../src/transcript/index.ts'
import { logOf } from './record.ts'

const folder = fileURLToPath(new URL('../calls', import.meta.url))

/** Every transcript of a call that asks a web server, with its pivot nodes debugged. */
const transcripts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.call'))
  .sort()
  .map((name) => [name, debugged(readFileSync(join(folder, name), 'utf8'))] as const)
  .filter(([, text]) => text.includes('"debug":true'))

function debugged(text: string): string {
  return text.replaceAll('"voice_url":', '"debug":true,"voice_url":')
}

/** Those in which somebody else is called. */
const hasOthers = (text: string): boolean => /<(Dial|Refer|Enqueue)\b/.test(text)
const ofSeveral = transcripts.filter(([, text]) => hasOthers(text))
const ofTwo = transcripts.filter(([, text]) => !hasOthers(text))

test('there are calls to make again', () => {
  expect(ofTwo.length).toBeGreaterThan(100)
})

test.each(ofSeveral)('%s cannot be made again, and its log says why', async (file, text) => {
  const log = await logOf(text, true)
  expect(() => readLog(log, { file })).toThrow('somebody else is called')
})

test.each(ofTwo)('%s is made again from its debug log', async (file, text) => {
  const call = readLog(await logOf(text, true), { file })
  const { difference, stuck } = await replay(call, { openHouse: sceneHouse })
  expect(stuck).toBeUndefined()
  expect(difference && describe(difference, file, 'not as recorded')).toBeUndefined()
})

/** Writing is one thing for all of them: every third says as much in a third of the time. */
test.each(ofTwo.filter((_, index) => index % 3 === 0))('%s is written from its debug log', async (file, text) => {
  const written = toTranscript(readLog(await logOf(text, true), { file }))
  const { difference } = await perform(readTranscript(written), sceneHouse)
  expect(difference && describe(difference, file), written).toBeUndefined()
})
