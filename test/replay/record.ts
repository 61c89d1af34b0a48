import { sceneHouse } from '../../src/house.ts'
import { keepable } from '../../src/pivot/index.ts'
import { perform, readTranscript } from '../../src/transcript/index.ts'

/** The debug log of the call of a transcript, as a server exports it. */
export async function logOf(transcript: string, showPersonal = false): Promise<string> {
  const { events } = await perform(readTranscript(transcript), sceneHouse)
  return events.map((event) => `${JSON.stringify(keepable(event, { showPersonal }))}\n`).join('')
}
