import { Listener, openSinks } from './sound.ts'
import type { Subject } from './subject.ts'
import { Uac, type CallResult } from './uac.ts'
import type { Web } from './web.ts'

export interface LoadOptions {
  readonly subject: Subject
  readonly web: Web | undefined
  readonly number: string
  readonly callsPerSecond: number
  readonly promptMs: number
  /** How long calls are made after the first ones have ended. */
  readonly measureMs: number
}

/** What a load came to. Times in milliseconds. */
export interface LoadResult {
  readonly callsPerSecond: number
  readonly concurrent: number
  readonly calls: number
  readonly failed: number
  readonly retransmissions: number
  readonly setupMs: Quantiles
  readonly answerToSoundMs: Quantiles
  readonly lateMs: Quantiles
  readonly lostPackets: number
  readonly cpuMsPerCall: number
  readonly controlCpuMsPerCall: number
  readonly cpuPercent: number
  readonly rssKb: number
}

export interface Quantiles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

const listeners = 24
const sinks = 16

/** Makes calls at an even rate, listens closely to some of them, and counts what the server spent meanwhile. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { subject, web, number, callsPerSecond, promptMs, measureMs } = options
  const uac = await Uac.open(subject.sip)
  const deaf = await openSinks(sinks)
  const idle = await Promise.all(Array.from({ length: listeners }, () => Listener.open()))
  const all = [...idle]
  const results: CallResult[] = []
  const [soundMs, lateMs]: [number[], number[]] = [[], []]
  let [lostPackets, peak, made, measuring] = [0, 0, 0, false]

  const makeCall = async (): Promise<void> => {
    const listener = measuring ? idle.pop() : undefined
    const rtpPort = listener?.port ?? deaf.ports[made % sinks] ?? 9
    const counted = measuring
    made++
    const result = await uac.call({ number, rtpPort })
    if (counted) results.push(result)
    if (listener === undefined) return
    const heard = listener.take()
    idle.push(listener)
    if (heard === undefined) return
    for (const late of heard.lateMs) lateMs.push(late)
    lostPackets += heard.lost
    const asked = web?.answeredAt(result.callId) ?? result.invitedAt
    soundMs.push(heard.firstAt - asked)
  }

  const pending = new Set<Promise<void>>()
  const run = async (ms: number): Promise<void> => {
    const begun = performance.now()
    for (let due = 0; due < ms;) {
      due = performance.now() - begun
      for (let missing = Math.floor((due * callsPerSecond) / 1000) - runMade; missing > 0; missing--) {
        runMade++
        const call = makeCall().finally(() => pending.delete(call))
        pending.add(call)
      }
      peak = Math.max(peak, uac.live)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  let runMade = 0
  await run(promptMs + 1000)
  measuring = true
  runMade = 0
  const before = await subject.usage()
  const begun = performance.now()
  await run(measureMs)
  const seconds = (performance.now() - begun) / 1000
  const after = await subject.usage()
  await Promise.all(pending)
  uac.close()
  deaf.close()
  for (const listener of all) listener.close()

  const calls = results.length
  return {
    callsPerSecond,
    concurrent: peak,
    calls,
    failed: results.filter(
      ({ status, endedAt, answeredAt }) => status !== 200 || endedAt - (answeredAt ?? 0) < promptMs - 100,
    ).length,
    retransmissions: results.reduce((sum, result) => sum + result.retransmissions, 0),
    setupMs: quantiles(
      results.flatMap(({ answeredAt, invitedAt }) => (answeredAt === undefined ? [] : [answeredAt - invitedAt])),
    ),
    answerToSoundMs: quantiles(soundMs),
    lateMs: quantiles(lateMs),
    lostPackets,
    cpuMsPerCall: (after.cpuMs - before.cpuMs) / calls,
    controlCpuMsPerCall: (after.controlCpuMs - before.controlCpuMs) / calls,
    cpuPercent: (after.cpuMs - before.cpuMs) / seconds / 10,
    rssKb: after.rssKb,
  }
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
