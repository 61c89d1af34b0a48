import { quantiles, type LoadResult } from './load.ts'
import { apiKey, startServer, type Subject } from './subject.ts'

export interface KeptOptions {
  readonly voiceUrl: string
  /** Takes webhooks. */
  readonly hookUrl: string
  readonly promptMs: number
  /** `postgres://…`. */
  readonly postgres: string
  readonly print: (line: string) => void
  /** Runs a load and prints it. */
  readonly run: (subject: Subject, callsPerSecond: number) => Promise<LoadResult>
  /** Runs one for a moment. */
  readonly warm: (subject: Subject, callsPerSecond: number) => Promise<unknown>
}

const callsPerSecond = 100
/** Before it is measured, what a server does often has been compiled. */
const warmUp = [20, 50] as const
const apiSeconds = 5
const apiClients = 8

/** What it costs to keep everything: the same calls with CDRs only, and with events, debug entries and a webhook. */
export async function measureKept(options: KeptOptions): Promise<void> {
  const { print, postgres } = options
  const bare = { env: { PIVOT_KEEP_EVENTS: 'false' } }
  const whole = { debug: true, hookUrl: options.hookUrl }
  print(`\nCDRs only, embedded database:`)
  await measure(options, bare)
  print(`\nCDRs, events, debug and a webhook for each call, embedded database:`)
  await measure(options, whole)
  print(`\nThe same, PostgreSQL:`)
  await measure(options, { ...whole, env: { PIVOT_DATABASE_URL: postgres } })
}

async function measure(
  options: KeptOptions,
  kept: { readonly env?: Readonly<Record<string, string>>; readonly debug?: boolean; readonly hookUrl?: string },
): Promise<void> {
  const { voiceUrl, promptMs, print, run, warm } = options
  const begun = performance.now()
  const subject = await startServer({ voiceUrl, promptMs, ...kept })
  const startMs = performance.now() - begun
  try {
    for (const rate of warmUp) await warm(subject, rate)
    await run(subject, callsPerSecond)
    const reads = await apiRate(subject, 'GET')
    const writes = await apiRate(subject, 'POST')
    print(`\nStarted in ${startMs.toFixed(0)} ms. API, ${apiClients} clients: ${reads} reads, ${writes} writes.`)
  } finally {
    await subject.stop()
  }
}

/** Asks for one callflow, or saves it, as often as it goes. */
async function apiRate(subject: Subject, method: 'GET' | 'POST'): Promise<string> {
  const url = `${subject.http}/v2/accounts/demo/callflows/plain`
  const headers = { 'x-auth-token': apiKey, 'content-type': 'application/json' }
  const kept = (await (await fetch(url, { headers })).json()) as { data: object }
  const init = method === 'GET' ? { headers } : { method, headers, body: JSON.stringify({ data: kept.data }) }
  const ends = performance.now() + apiSeconds * 1000
  const took: number[] = []
  const client = async (): Promise<void> => {
    while (performance.now() < ends) {
      const asked = performance.now()
      const answer = await fetch(url, init)
      await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status}`)
      took.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: apiClients }, client))
  const { p50, p99 } = quantiles(took)
  return `${Math.round(took.length / apiSeconds)}/s (p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms)`
}
