import { cpus, setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { openPostgres } from '../test/wire/support/postgres.ts'
import { measureKept } from './kept.ts'
import { measureParties } from './parties.ts'
import { load, type LoadOptions, type LoadResult } from './load.ts'
import { soak } from './soak.ts'
import { numbers, startServer, type Subject } from './subject.ts'
import { openWeb } from './web.ts'

const help = `Loads a voice server with calls and prints what it can carry.

  npm run bench                          starts a server, runs all of it (about six minutes)
  npm run bench -- --concurrent 100,500  only these loads
  npm run bench -- --kept [--postgres URL]
                                         what it costs to keep everything, in SQLite and in PostgreSQL (without a URL, one of its own)
  npm run bench -- --parties [--bridged 50,100] [--members 100,200]
                                         calls that are connected with another phone, and members of rooms
  npm run bench -- --soak MINUTES        random calls between two parties and in rooms, and what the server has open meanwhile
  npm run bench -- --profile DIR         leaves CPU profiles of the server there
  npm run bench -- --target HOST:PORT --number N [--cps 60]
                                         the same calls against any SIP server that plays 5 s and hangs up

Each call: INVITE, one request to a web server that answers {"module":"play",…}, 200, a prompt of 5 s, BYE.`

const promptMs = 5_000
const print = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    concurrent: { type: 'string', default: '10,100,500,1000' },
    seconds: { type: 'string', default: '20' },
    target: { type: 'string' },
    number: { type: 'string', default: numbers.pivot },
    cps: { type: 'string' },
    profile: { type: 'string' },
    kept: { type: 'boolean', default: false },
    parties: { type: 'boolean', default: false },
    soak: { type: 'string' },
    bridged: { type: 'string', default: '50,100,200,300' },
    members: { type: 'string', default: '100,200,400,800' },
    postgres: { type: 'string' },
    'no-search': { type: 'boolean', default: false },
  },
})

if (values.help === true) print(help)
else if (values.kept) await benchKept()
else if (values.parties) await benchParties()
else if (values.soak !== undefined) await soak(print, Number(values.soak))
else if (values.target !== undefined) await benchTarget(values.target)
else await benchServer()

/** Whoever measures goes first, or its own delays would be taken for the server's. Only root may do so. */
function measureFirst(): void {
  try {
    setPriority(-12)
  } catch {
    print('(not root: what the load generator itself is late by is counted in)')
  }
}

async function benchTarget(target: string): Promise<void> {
  const subject: Subject = {
    sip: target,
    http: '',
    usage: () => Promise.resolve({ cpuMs: 0, controlCpuMs: 0, rssKb: 0, files: 0 }),
    stop: () => Promise.resolve(),
  }
  printHead()
  for (const callsPerSecond of rates())
    printRow(await run(subject, { callsPerSecond, number: values.number, web: undefined }))
}

async function benchServer(): Promise<void> {
  const web = await openWeb()
  const subject = await startServer({
    voiceUrl: web.url,
    promptMs,
    ...(values.profile === undefined ? {} : { profileDir: values.profile }),
  })
  measureFirst()
  print(`${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} cores, Node ${process.version}; load and server share them\n`)
  printHead()
  for (const callsPerSecond of rates()) {
    printRow(await run(subject, { callsPerSecond, number: numbers.pivot, web }))
  }
  const plain = await run(subject, { callsPerSecond: 100, number: numbers.plain, web: undefined })
  const asking = await run(subject, { callsPerSecond: 100, number: numbers.pivot, web })
  const ms = (value: number): string => `${value.toFixed(2)} ms`
  print(`\nControl thread, per call at 100 calls/s: ${ms(plain.controlCpuMsPerCall)} without a web request,`)
  print(`${ms(asking.controlCpuMsPerCall)} with one.`)
  if (!values['no-search']) await search(subject, web)
  await subject.stop()
  web.close()
}

async function benchParties(): Promise<void> {
  measureFirst()
  const list = (text: string): number[] => (text === '' ? [] : text.split(',').map(Number))
  await measureParties(print, { bridged: list(values.bridged), members: list(values.members) })
}

async function benchKept(): Promise<void> {
  const web = await openWeb()
  measureFirst()
  const own = values.postgres === undefined ? await openPostgres({ isDurable: true }) : undefined
  await measureKept({
    voiceUrl: web.url,
    hookUrl: web.hookUrl,
    promptMs,
    postgres: values.postgres ?? own?.url ?? '',
    print,
    run: async (subject, callsPerSecond) => {
      const result = await run(subject, { callsPerSecond, number: numbers.pivot, web })
      printHead()
      printRow(result)
      return result
    },
    warm: (subject, callsPerSecond) =>
      load({ subject, promptMs, measureMs: 5_000, callsPerSecond, number: numbers.pivot, web }),
  })
  await own?.close()
  web.close()
}

/** Raises the rate until calls fail or have to be repeated. */
async function search(subject: Subject, web: LoadOptions['web']): Promise<void> {
  print('\nHighest rate:')
  printHead()
  let clean = 0
  for (let callsPerSecond = 100; callsPerSecond <= 400; callsPerSecond += 20) {
    const result = await run(subject, { callsPerSecond, number: numbers.pivot, web })
    printRow(result)
    if (result.failed > 0 || result.retransmissions > 0) break
    clean = callsPerSecond
  }
  print(
    `\nThe highest rate without a failed call or a retransmission: ${clean} calls/s (${(clean * promptMs) / 1000} at once).`,
  )
}

function rates(): number[] {
  const { cps, concurrent } = values
  if (cps !== undefined) return cps.split(',').map(Number)
  return concurrent.split(',').map((atOnce) => (Number(atOnce) * 1000) / promptMs)
}

function run(subject: Subject, options: Pick<LoadOptions, 'callsPerSecond' | 'number' | 'web'>): Promise<LoadResult> {
  return load({ subject, promptMs, measureMs: Number(values.seconds) * 1000, ...options })
}

function printHead(): void {
  print(
    '| calls/s | at once | calls | failed | retrans. | INVITE→200 p50 / p99 | answer→first RTP p50 / p99 | RTP late p50 / p99 / p99.9 | lost | CPU/call (control) | CPU | memory |',
  )
  print('|---|---|---|---|---|---|---|---|---|---|---|---|')
}

function printRow(result: LoadResult): void {
  const { setupMs, answerToSoundMs, lateMs } = result
  const ms = (value: number): string => value.toFixed(1)
  const cells = [
    result.callsPerSecond,
    result.concurrent,
    result.calls,
    result.failed,
    result.retransmissions,
    `${ms(setupMs.p50)} / ${ms(setupMs.p99)} ms`,
    `${ms(answerToSoundMs.p50)} / ${ms(answerToSoundMs.p99)} ms`,
    `${ms(lateMs.p50)} / ${ms(lateMs.p99)} / ${ms(lateMs.p999)} ms`,
    result.lostPackets,
    `${result.cpuMsPerCall.toFixed(2)} (${result.controlCpuMsPerCall.toFixed(2)}) ms`,
    `${result.cpuPercent.toFixed(0)} %`,
    `${Math.round(result.rssKb / 1024)} MB`,
  ]
  print(`| ${cells.join(' | ')} |`)
}
