import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { toneFile } from './tone.ts'

const program = new URL('../bin/pivot.js', import.meta.url).pathname
const ticksPerSecond = 100

/** CPU in milliseconds and memory in KiB, as the kernel counts them. */
export interface Usage {
  readonly cpuMs: number
  readonly controlCpuMs: number
  readonly rssKb: number
  /** Open files and sockets. */
  readonly files: number
}

/** The server under load: ours, started for the purpose. */
export interface Subject {
  readonly sip: string
  /** Empty when it is not ours. */
  readonly http: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** Rooms are `room` with the number of the room behind it. */
export const numbers = { pivot: '3000', plain: '3001', bridge: '3002', room: '40' } as const
export const apiKey = randomBytes(16).toString('hex')

export interface SubjectOptions {
  readonly voiceUrl: string
  readonly promptMs: number
  /** Where Node is to leave CPU profiles of the server's threads. */
  readonly profileDir?: string
  readonly env?: Readonly<Record<string, string>>
  /** Keep each exchange in full. */
  readonly debug?: boolean
  /** Told of the end of each call. */
  readonly hookUrl?: string
  /** Whom the number 3002 calls: a SIP URI. */
  readonly calleeUri?: string
  /** How many rooms there are to talk in. */
  readonly rooms?: number
}

/** Starts a server whose number 3000 asks `voiceUrl` what to do, and whose 3001 plays the prompt without asking. */
export async function startServer(options: SubjectOptions): Promise<Subject> {
  const { promptMs, profileDir, env } = options
  const folder = await mkdtemp(join(tmpdir(), 'pivot-bench-'))
  const documents = join(folder, 'documents')
  await mkdir(documents)
  await writeFile(join(documents, 'prompt.wav'), toneFile(440, promptMs))
  await writeFile(join(documents, 'bench.json'), JSON.stringify(documentsFor(options)))
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
  const child = spawn(process.execPath, [...profiling, program, 'start', '--documents', documents], {
    env: {
      ...process.env,
      PIVOT_HTTP_PORT: '0',
      PIVOT_SIP_PORT: '0',
      PIVOT_DATA_DIR: join(folder, 'data'),
      PIVOT_API_KEY: apiKey,
      PIVOT_LOG_LEVEL: 'warn',
      PIVOT_API_REQUESTS_PER_MINUTE: '0',
      PIVOT_MOST_CALLS: '5000',
      PIVOT_MOST_CALLS_PER_SECOND: '5000',
      PIVOT_MOST_CALLS_PER_SECOND_PER_SOURCE: '5000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = child.pid ?? 0
  setPriority(pid, 0) // whoever measures may go first; its server must not
  return {
    ...(await ready(child)),
    usage: () => usageOf(pid),
    stop: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const documentsFor = ({ voiceUrl, debug = false, hookUrl, calleeUri = '', rooms = 0 }: SubjectOptions): object => ({
  devices: [{ id: 'callee', name: 'callee', sip: { username: 'callee', invite_format: 'route', route: calleeUri } }],
  media: [{ id: 'prompt', name: 'prompt', media_source: 'upload', file: 'prompt.wav', content_type: 'audio/wav' }],
  callflows: [
    {
      id: 'asks',
      numbers: [numbers.pivot],
      flow: { module: 'pivot', data: { voice_url: voiceUrl, method: 'post', debug } },
    },
    { id: 'plain', numbers: [numbers.plain], flow: { module: 'play', data: { id: 'prompt' } } },
    { id: 'bridges', numbers: [numbers.bridge], flow: { module: 'device', data: { id: 'callee' } } },
    ...Array.from({ length: rooms }, (_, room) => ({
      id: `room-${room}`,
      numbers: [`${numbers.room}${room}`],
      flow: { module: 'conference', data: { config: { name: `room-${room}` }, welcome_prompt: { play: false } } },
    })),
  ],
  webhooks: hookUrl === undefined ? [] : [{ id: 'ends', name: 'Ends', hook: 'channel_destroy', uri: hookUrl }],
})

function ready(child: ChildProcess): Promise<Pick<Subject, 'sip' | 'http'>> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server exited with ${code} before it was ready`)))
    if (child.stdout === null) return
    createInterface(child.stdout).on('line', (line) => {
      if (!line.startsWith('{')) return
      const { event, sip = '', http = '' } = JSON.parse(line) as { event?: string; sip?: string; http?: string }
      if (event === 'server.ready') resolve({ sip, http })
    })
  })
}

async function usageOf(pid: number): Promise<Usage> {
  let [all, control] = [0, 0]
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').catch(() => '')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const cpuMs = ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / ticksPerSecond
    all += cpuMs
    if (task === String(pid)) control = cpuMs
  }
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const { length: files } = await readdir(`/proc/${pid}/fd`)
  return { cpuMs: all, controlCpuMs: control, rssKb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0), files }
}
