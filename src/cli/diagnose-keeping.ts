import { join } from 'node:path'
import { isFailure, newId, silentLog, systemClock } from '../base/index.ts'
import type { Config } from '../config/index.ts'
import { openFiles } from '../files/index.ts'
import { migrateStore } from '../store/index.ts'
import { messageOf, type Diagnosis } from './diagnosis.ts'

/** Opens the database and says what its schema lacks; nothing is changed but that an embedded one is there then. */
export async function diagnoseDatabase({ databaseUrl: url, dataDir }: Config): Promise<Diagnosis> {
  const name = 'database'
  const kind = url === '' ? 'embedded' : 'PostgreSQL'
  const begun = systemClock.now()
  try {
    const options = { url, dataDir, node: 'doctor', clock: systemClock, log: silentLog }
    const { pending } = await migrateStore(options, { checkOnly: true })
    const schema = pending.length === 0 ? 'its schema is up to date' : `the next start does ${pending.join(', ')}`
    return { name, isGood: true, says: `${kind}, opened in ${systemClock.now() - begun} ms; ${schema}` }
  } catch (error) {
    const says = `${kind}: ${isFailure(error) ? `${error.code}: ` : ''}${messageOf(error)}`
    return { name, isGood: false, says, todo: advice(error) }
  }
}

function advice(error: unknown): string {
  if (isFailure(error, 'DATABASE_IN_USE')) return 'a Pivot that runs already? Stop it, or set PIVOT_DATA_DIR'
  if (isFailure(error, 'DATABASE_TOO_NEW')) return 'a newer Pivot has used it: install that one, or another database'
  return 'see PIVOT_DATABASE_URL and whether the server there is up'
}

/** Keeps a file, reads it and removes it. */
export async function diagnoseStorage({ storage, dataDir }: Config): Promise<Diagnosis> {
  const name = 'storage'
  const where = storage === '' ? join(dataDir, 'files') : storage.replace(/\?.*$/s, '')
  const key = `doctor/${newId()}`
  try {
    const files = openFiles(storage, join(dataDir, 'files'))
    await files.put(key, Buffer.from('pivot'), 'text/plain')
    const found = await files.find(key)
    await files.remove(key)
    const isGood = found?.lengthBytes === 5
    return { name, isGood, says: isGood ? `${where} keeps what it is given` : `${where} lost what it was given` }
  } catch (error) {
    return { name, isGood: false, says: `${where}: ${messageOf(error)}`, todo: 'see PIVOT_STORAGE, keys and rights' }
  }
}
