import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const program = new URL('../../../bin/pivot.js', import.meta.url).pathname

export interface LogLine {
  readonly event: string
  readonly [field: string]: unknown
}

/** A Pivot server of its own: free ports, a data directory that goes away with it. */
export interface RunningServer {
  readonly http: string
  /** `host:port` of SIP over UDP and TCP. */
  readonly sip: string
  readonly sipPort: number
  readonly dataDir: string
  readonly pid: number
  readonly log: readonly LogLine[]
  /** What was written that is no log line, warnings of Node included. */
  readonly noise: readonly string[]
  /** The first log line from now on, or before, that fits. Rejects after `ms`. */
  logged(fits: (line: LogLine) => boolean, ms?: number): Promise<LogLine>
  /** SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL: nothing is said, nothing is closed. The data directory stays. */
  kill(): Promise<void>
}

export interface ServerOptions {
  readonly documents?: string
  readonly env?: Readonly<Record<string, string>>
  /** Kept when the server stops; without, there is one that goes away with the server. */
  readonly dataDir?: string
}

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { documents, env = {} } = options
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'pivot-wire-')))
  const child = spawn(
    process.execPath,
    [program, 'start', ...(documents === undefined ? [] : ['--documents', documents])],
    {
      env: {
        ...process.env,
        PIVOT_HTTP_PORT: '0',
        PIVOT_SIP_PORT: '0',
        PIVOT_DATA_DIR: dataDir,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const { log, noise, logged } = readLog(child)
  const ready = await logged((line) => line.event === 'server.ready', 30_000)
  const sip = String(ready['sip'])
  return {
    http: String(ready['http']),
    sip,
    sipPort: Number(sip.slice(sip.lastIndexOf(':') + 1)),
    dataDir,
    pid: child.pid ?? 0,
    log,
    noise,
    logged,
    stop: async () => {
      const exit = once(child, 'exit')
      if (child.exitCode === null) child.kill('SIGTERM')
      const code = child.exitCode ?? ((await exit) as [number | null])[0]
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
      return code
    },
    kill: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

function readLog(child: ChildProcess): Pick<RunningServer, 'log' | 'noise' | 'logged'> {
  const log: LogLine[] = []
  const other: string[] = []
  const waiting = new Set<() => void>()
  const take = (line: string): void => {
    if (line.startsWith('{')) log.push(JSON.parse(line) as LogLine)
    else other.push(line)
    for (const look of waiting) look()
  }
  if (child.stdout !== null) createInterface(child.stdout).on('line', take)
  if (child.stderr !== null) createInterface(child.stderr).on('line', (line) => other.push(line))
  const logged = (fits: (line: LogLine) => boolean, ms = 10_000): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer)
        waiting.delete(look)
        child.off('exit', gone)
      }
      const look = (): void => {
        const found = log.find(fits)
        if (found === undefined) return
        done()
        resolve(found)
      }
      const fail = (why: string): void => {
        done()
        const last = [...other.slice(-10), ...log.slice(-10).map((line) => JSON.stringify(line))]
        reject(new Error(`${why}; the last lines were:\n${last.join('\n')}`))
      }
      const gone = (code: number | null): void => fail(`the server exited with ${code}`)
      const timer = setTimeout(() => fail(`not logged within ${ms} ms`), ms)
      waiting.add(look)
      child.once('exit', gone)
      look()
    })
  return { log, noise: other, logged }
}
