import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)

/** A PostgreSQL server of our own, on the loopback and for us alone. */
export interface PostgresServer {
  /** Of a database that is there from the start. */
  readonly url: string
  /** A new, empty database. @returns its URL */
  newDatabase(): Promise<string>
  /** Runs a statement there. */
  run(url: string, sql: string): Promise<void>
  /** Ends connections at once and listens no more; what was committed stays. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Stops it and removes its data. */
  close(): Promise<void>
}

/**
 * PostgreSQL refuses to run as root: then it runs as the user `postgres`, which Debian's package makes.
 *
 * @param isDurable whether commits wait for the disk; tests of what is said, not of what survives, need not
 */
export async function openPostgres({ isDurable = false } = {}): Promise<PostgresServer> {
  const programs = postgresPrograms()
  const isRoot = process.getuid?.() === 0
  const folder = mkdtempSync(join(tmpdir(), 'pivot-pg-'))
  if (isRoot) {
    const { stdout } = await run('id', ['-u', 'postgres'])
    chownSync(folder, Number(stdout.trim()), -1)
  }
  const as = (program: string, ...args: string[]): Promise<unknown> => {
    const path = join(programs, program)
    const options = { cwd: folder }
    return isRoot
      ? run('setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', path, ...args], options)
      : run(path, args, options)
  }
  const data = join(folder, 'data')
  // A language whose order of letters is not that of their bytes: ids must be ordered the same everywhere.
  const locale = ['--locale-provider', 'icu', '--icu-locale', 'en-US', '--encoding', 'UTF8']
  await as('initdb', '--pgdata', data, '--username', 'pivot', '--auth', 'trust', '--no-sync', ...locale)
  const port = await freePort()
  const settings = [
    `-p ${port}`,
    `-k ${folder}`,
    '-c listen_addresses=127.0.0.1',
    ...(isDurable ? [] : ['-c fsync=off']),
  ]
  const log = join(folder, 'log')
  const start = async (): Promise<void> => {
    await as('pg_ctl', 'start', '--pgdata', data, '--wait', '--log', log, '--options', settings.join(' '))
  }
  const stop = async (): Promise<void> => {
    await as('pg_ctl', 'stop', '--pgdata', data, '--wait', '--mode', 'immediate')
  }
  const urlOf = (database: string): string => `postgres://pivot@127.0.0.1:${port}/${database}`
  let databases = 0
  await start()
  const newDatabase = async (): Promise<string> => {
    const name = `pivot_${++databases}`
    await runSql(urlOf('postgres'), `CREATE DATABASE ${name}`)
    return urlOf(name)
  }
  return {
    url: await newDatabase(),
    newDatabase,
    run: runSql,
    start,
    stop,
    async close() {
      await stop().catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function postgresPrograms(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const [newest] = versions
  if (newest === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  return join(root, newest, 'bin')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
