import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tone, wav } from './audio.ts'

/** The recordings of these tests are tones, so that a test can hear by FFT which one was played. */
export const tones = { welcome: 500, thanks: 700, sorry: 900 } as const
export const toneMs = 2_000

/** A documents folder with the tones as media and a callflow for each number. */
export async function documentsFolder(
  flows: Readonly<Record<string, object>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-documents-'))
  const media = await Promise.all(
    Object.entries(tones).map(async ([id, hz]) => {
      await writeFile(join(folder, `${id}.wav`), wav(tone(hz, toneMs)))
      return { id, name: id, media_source: 'upload', file: `${id}.wav`, content_type: 'audio/wav' }
    }),
  )
  const callflows = Object.entries(flows).map(([number, flow]) => ({ id: `flow-${number}`, numbers: [number], flow }))
  await writeFile(join(folder, 'documents.json'), JSON.stringify({ media, callflows, ...more }))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
