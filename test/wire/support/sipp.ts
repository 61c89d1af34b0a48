import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scenarios = new URL('../scenarios/', import.meta.url).pathname

export interface SippOptions {
  /** A file of `test/wire/scenarios`, without its ending. */
  readonly scenario: string
  readonly server: string
  readonly number: string
  readonly transport?: 'udp' | 'tcp'
  /** Of its own. */
  readonly host?: '127.0.0.1' | '::1'
  readonly keys?: Readonly<Record<string, string>>
  /** For `[authentication]`. */
  readonly credentials?: { readonly username: string; readonly password: string }
  readonly calls?: number
  readonly rate?: number
  /** Percent of messages that get lost on the way, each way. */
  readonly lostPercent?: number
  /** What the scenario pauses for, where it does. */
  readonly pauseMs?: number
  readonly timeoutMs?: number
}

/** Runs one sipp scenario to its end. Rejects with sipp's own story when a call failed. */
export async function sipp(options: SippOptions): Promise<void> {
  const { scenario, server, number, transport = 'udp', keys = {}, calls = 1, rate = 10 } = options
  const { lostPercent, credentials, host = '127.0.0.1', pauseMs = 0, timeoutMs = 60_000 } = options
  await run(scenario, [
    server,
    ...['-i', host, '-s', number, '-m', String(calls), '-r', String(rate), '-l', String(Math.max(calls, 1))],
    ...['-t', transport === 'tcp' ? 't1' : 'u1', '-timeout', `${timeoutMs}ms`, '-d', String(pauseMs)],
    ...(credentials === undefined ? [] : ['-au', credentials.username, '-ap', credentials.password]),
    ...(lostPercent === undefined ? [] : ['-lost', String(lostPercent)]),
    ...keysOf(keys),
  ])
}

/** Has sipp answer one call, or one registration, at a port of its own, and runs the scenario to its end as above. */
export function sippAnswers(options: {
  readonly scenario: string
  readonly port: number
  readonly keys?: Readonly<Record<string, string>>
}): Promise<void> {
  const { scenario, port, keys = {} } = options
  return run(scenario, [
    '-i',
    '127.0.0.1',
    '-p',
    String(port),
    '-m',
    '1',
    '-t',
    'u1',
    '-timeout',
    '60000ms',
    ...keysOf(keys),
  ])
}

const keysOf = (keys: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(keys).flatMap(([key, value]) => ['-key', key, value])

async function run(scenario: string, more: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-sipp-'))
  const errors = join(folder, 'errors.log')
  const args = [
    ...more,
    ...['-sf', join(scenarios, `${scenario}.xml`), '-trace_err', '-error_file', errors, '-nostdin', '-timeout_error'],
  ]
  const child = spawn('sipp', args, { cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } })
  const [code] = (await once(child, 'exit')) as [number | null]
  const story = await readFile(errors, 'utf8').catch(() => '')
  await rm(folder, { recursive: true, force: true })
  if (code !== 0) throw new Error(`sipp ${scenario} ended with ${code}\n${story.slice(0, 4000)}`)
}
