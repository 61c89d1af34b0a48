import type { Dirent } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Clock } from '../base/index.ts'

export interface Retention {
  /** Files older than this are removed. */
  readonly mostAgeMs: number
  /** The oldest files are removed until all together are no larger. */
  readonly mostBytes: number
}

const idLength = 32

interface Kept {
  readonly path: string
  readonly bytes: number
  readonly changedAt: number
}

/**
 * Removes what is too old, then the oldest until there is room.
 *
 * @param isInUse whether a recording must stay, by its id
 * @returns the ids of those that were removed
 */
export async function keepRoom(
  directory: string,
  clock: Clock,
  { mostAgeMs, mostBytes }: Retention,
  isInUse: (id: string) => boolean,
): Promise<readonly string[]> {
  const files = (await list(directory)).sort((one, other) => one.changedAt - other.changedAt)
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const removed: string[] = []
  for (const file of files) {
    if (clock.now() - file.changedAt <= mostAgeMs && bytes <= mostBytes) break
    const id = basename(file.path).slice(0, idLength)
    if (isInUse(id)) continue
    await rm(file.path, { force: true })
    bytes -= file.bytes
    removed.push(id)
  }
  return removed
}

async function list(directory: string): Promise<Kept[]> {
  const entries: Dirent[] = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => [])
  const kept: Kept[] = []
  for (const entry of entries) {
    if (!entry.isFile() || !/^[0-9a-f]{32}\.(?:wav|mp3)$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const found = await stat(path).catch(() => undefined) // Somebody else may have removed it meanwhile.
    if (found !== undefined) kept.push({ path, bytes: found.size, changedAt: found.mtimeMs })
  }
  return kept
}
