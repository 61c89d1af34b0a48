import { readFile } from 'node:fs/promises'
import { describe as told, perform, readTranscript } from '../../src/transcript/index.ts'
import { sceneHouse } from '../../src/house.ts'

/** Performs a `.call` file. @returns the first difference as people read it, or undefined when all went as written */
export async function performFile(file: string): Promise<string | undefined> {
  const { difference } = await perform(readTranscript(await readFile(file, 'utf8')), sceneHouse)
  return difference === undefined ? undefined : told(difference, file)
}
