import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '../base/index.ts'
import { readConfig } from '../config/index.ts'
import { migrateStore } from '../store/index.ts'
import type { Command } from './io.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  usage: 'migrate [--check]',
  summary: 'Brings the schema of the database up to date; with --check says what would be done.',
  help: `The database is the one of PIVOT_DATABASE_URL, or else the embedded one in PIVOT_DATA_DIR, which no server may use
meanwhile. "pivot start" does the same by itself: this is for those who want to do it before.

The exit code of --check is 0 when there is nothing to do, else 1.`,
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { check: { type: 'boolean', default: false } } })
    const { config } = readConfig(io.env, io.folder)
    const options = {
      url: config.databaseUrl,
      dataDir: config.dataDir,
      node: 'migrate',
      clock: systemClock,
      log: silentLog,
    }
    const { applied, pending } = await migrateStore(options, { checkOnly: values.check })
    if (pending.length === 0) io.out(`the schema is up to date (${applied.at(-1) ?? 'empty'})`)
    for (const name of pending) io.out(`${values.check ? 'to do' : 'done'}: ${name}`)
    return values.check && pending.length > 0 ? 1 : 0
  },
}
