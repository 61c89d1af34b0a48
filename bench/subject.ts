import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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
}

/** The server under load: ours, started for the purpose. */
export interface Subject {
  readonly sip: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

export const numbers = { pivot: '3000', plain: '3001' } as const

/**
 * Starts a server whose number 3000 asks `voiceUrl` what to do, and whose 3001 plays the prompt without asking.
 *
 * @param profileDir where Node is to leave CPU profiles of the server's threads
 */
export async function startServer(voiceUrl: string, promptMs: number, profileDir?: string): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-bench-'))
  const documents = join(folder, 'documents')
  await mkdir(documents)
  await writeFile(join(documents, 'prompt.wav'), toneFile(440, promptMs))
  await writeFile(join(documents, 'bench.json'), JSON.stringify(documentsFor(voiceUrl)))
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
  const child = spawn(process.execPath, [...profiling, program, 'start', '--documents', documents], {
    env: {
      ...process.env,
      PIVOT_HTTP_PORT: '0',
      PIVOT_SIP_PORT: '0',
      PIVOT_DATA_DIR: join(folder, 'data'),
      PIVOT_API_KEY: randomBytes(16).toString('hex'),
      PIVOT_LOG_LEVEL: 'warn',
      PIVOT_MOST_CALLS: '5000',
      PIVOT_MOST_CALLS_PER_SECOND: '5000',
      PIVOT_MOST_CALLS_PER_SECOND_PER_SOURCE: '5000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = child.pid ?? 0
  return {
    sip: await readySip(child),
    usage: () => usageOf(pid),
    stop: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const documentsFor = (voiceUrl: string): object => ({
  media: [{ id: 'prompt', name: 'prompt', media_source: 'upload', file: 'prompt.wav', content_type: 'audio/wav' }],
  callflows: [
    { id: 'asks', numbers: [numbers.pivot], flow: { module: 'pivot', data: { voice_url: voiceUrl, method: 'post' } } },
    { id: 'plain', numbers: [numbers.plain], flow: { module: 'play', data: { id: 'prompt' } } },
  ],
})

function readySip(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server exited with ${code} before it was ready`)))
    if (child.stdout === null) return
    createInterface(child.stdout).on('line', (line) => {
      if (!line.startsWith('{')) return
      const { event, sip } = JSON.parse(line) as { event?: string; sip?: string }
      if (event === 'server.ready' && sip !== undefined) resolve(sip)
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
  return { cpuMs: all, controlCpuMs: control, rssKb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) }
}
