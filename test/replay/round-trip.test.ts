import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
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
  .map((name) => [relative(folder, join(folder, name)), debugged(readFileSync(join(folder, name), 'utf8'))] as const)
  .filter(([, text]) => text.includes('"debug":true'))

function debugged(text: string): string {
  return text.replaceAll(/"voice_url":/g, '"debug":true,"voice_url":')
}

test.each(transcripts)('%s is made again from its debug log', async (file, text) => {
  const { events } = await perform(readTranscript(text), sceneHouse)
  const { difference, stuck } = await replay(readLog(logOf(events, true), { file }), { openHouse: sceneHouse })
  expect(stuck).toBeUndefined()
  expect(difference && describe(difference, file, 'not as recorded')).toBeUndefined()
})

test.each(transcripts)('%s is written again from its debug log', async (file, text) => {
  const { events } = await perform(readTranscript(text), sceneHouse)
  const written = toTranscript(readLog(logOf(events, true), { file }))
  const { difference } = await perform(readTranscript(written), sceneHouse)
  expect(difference && describe(difference, file), written).toBeUndefined()
})
