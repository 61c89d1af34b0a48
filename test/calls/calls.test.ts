import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { performFile } from '../support/perform-file.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every transcript there is: those of the tests, and those that show the examples. */
const transcripts = ['test/calls', 'examples']
  .map((folder) => join(root, folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((file) => file.endsWith('.call'))
  .map((file) => relative(root, file))
  // Conversations with the documents beside them: test/office-example.test.ts performs them.
  .filter((file) => !file.startsWith(join('examples', 'office')))
  .sort()

test.each(transcripts)('%s goes as written', async (file) => {
  expect(await performFile(join(root, file))).toBeUndefined()
})
