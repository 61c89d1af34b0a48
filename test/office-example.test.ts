import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { sceneHouse } from '../src/house.ts'
import { describe, perform, readTranscript } from '../src/transcript/index.ts'

const folder = new URL('../examples/office/', import.meta.url)
const calls = readdirSync(folder).filter((name) => name.endsWith('.call'))

/** The documents of the example, as a transcript has them. */
function setup(): readonly string[] {
  const { account, ...collections } = parse(readFileSync(new URL('office.yaml', folder), 'utf8')) as Record<
    string,
    unknown
  >
  const documents = Object.entries(collections).flatMap(([collection, all]) =>
    (all as readonly object[]).map((document) => `document ${collection} ${JSON.stringify(document)}`),
  )
  return [`account  ${JSON.stringify(account)}`, ...documents]
}

test.each(calls)('examples/office: %s', async (name) => {
  const [summary = '', ...lines] = readFileSync(new URL(name, folder), 'utf8').split('\n')
  const { difference } = await perform(readTranscript([summary, ...setup(), ...lines].join('\n')), sceneHouse)
  expect(difference && describe(difference, name)).toBeUndefined()
})
