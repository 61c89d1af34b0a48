import { quantiles } from './load.ts'
import { Listener } from './sound.ts'
import { numbers, startServer, type Subject } from './subject.ts'
import { Talkers } from './talkers.ts'
import { Uac } from './uac.ts'
import { Uas } from './uas.ts'

const rampMs = 8_000
const measureMs = 10_000
const membersPerRoom = 10
const speakersPerRoom = 2
/** Legs that are listened to closely; the others share ears. */
const listeners = 24
const ears = 24

/** Loads a server with calls that are connected with another phone, and with rooms, and prints what that costs. */
export async function measureParties(
  print: (line: string) => void,
  loads: { readonly bridged: readonly number[]; readonly members: readonly number[] },
): Promise<void> {
  print('| | legs | failed | RTP late p50 / p99 / p99.9 | lost | CPU (control) | CPU per call or member | memory |')
  print('|---|---|---|---|---|---|---|---|')
  for (const calls of loads.bridged) await withParties(0, (party) => bridged(calls, party), print)
  for (const members of loads.members) {
    await withParties(Math.ceil(members / membersPerRoom), (party) => inRooms(members, party), print)
  }
}

interface Party {
  readonly subject: Subject
  readonly uac: Uac
  readonly talkers: Talkers
  readonly close: readonly Listener[]
  readonly ear: (index: number) => Listener
}

interface Outcome {
  readonly what: string
  readonly units: number
  readonly legs: number
  readonly failed: number
}

async function withParties(
  rooms: number,
  make: (party: Party) => Promise<Outcome>,
  print: (line: string) => void,
): Promise<void> {
  const talkers = new Talkers()
  const shared = await Promise.all(Array.from({ length: ears }, () => Listener.open()))
  const close = await Promise.all(Array.from({ length: listeners }, () => Listener.open()))
  let taken = 0
  const ear = (index: number): Listener => shared[index % ears] as Listener
  const uas = await Uas.open((mediaPort) => {
    const mouth = ear(taken++)
    talkers.add(mouth, mediaPort)
    return mouth.port
  })
  const subject = await startServer({
    voiceUrl: 'http://127.0.0.1:9/',
    promptMs: 20,
    calleeUri: uas.uri,
    rooms,
    env: { PIVOT_LOG_LEVEL: 'error', PIVOT_DRAIN_MS: '0' }, // Whoever is on the line is done with.
  })
  const uac = await Uac.open(subject.sip)
  talkers.begin()
  try {
    const { what, units, legs, failed } = await make({ subject, uac, talkers, close, ear })
    for (const listener of close) listener.take()
    const before = await subject.usage()
    await pause(measureMs)
    const after = await subject.usage()
    const heard = close.flatMap((listener) => listener.take() ?? [])
    const late = quantiles(heard.flatMap(({ lateMs }) => [...lateMs]))
    const lost = heard.reduce((sum, one) => sum + one.lost, 0)
    const share = (ms: number): string => `${((ms / measureMs) * 100).toFixed(0)} %`
    const cpuMs = after.cpuMs - before.cpuMs
    const cells = [
      what,
      legs,
      failed,
      `${late.p50.toFixed(1)} / ${late.p99.toFixed(1)} / ${late.p999.toFixed(1)} ms`,
      lost,
      `${share(cpuMs)} (${share(after.controlCpuMs - before.controlCpuMs)})`,
      `${((cpuMs / measureMs / units) * 1000).toFixed(2)} ms/s`,
      `${Math.round(after.rssKb / 1024)} MB`,
    ]
    print(`| ${cells.join(' | ')} |`)
  } finally {
    talkers.end()
    uac.close()
    await subject.stop()
    uas.close()
    for (const listener of [...shared, ...close]) listener.close()
  }
}

/** Two phones a call, both speaking. */
async function bridged(calls: number, party: Party): Promise<Outcome> {
  const failed = await ramp(calls, party, () => ({ number: numbers.bridge, speaks: true }))
  return { what: `${calls} bridged calls`, units: calls, legs: 2 * calls, failed }
}

/** Ten members a room, two of them speaking. */
async function inRooms(members: number, party: Party): Promise<Outcome> {
  const failed = await ramp(members, party, (index) => ({
    number: `${numbers.room}${Math.floor(index / membersPerRoom)}`,
    speaks: index % membersPerRoom < speakersPerRoom,
  }))
  return { what: `${members} members of rooms`, units: members, legs: members, failed }
}

/** Makes the calls evenly, and resolves with how many were not answered. Whoever is listened to closely is spread over all. */
async function ramp(
  count: number,
  { uac, talkers, close, ear }: Party,
  plan: (index: number) => { readonly number: string; readonly speaks: boolean },
): Promise<number> {
  const begun = performance.now()
  const every = Math.max(1, Math.floor(count / close.length))
  let answered = 0
  for (let index = 0; index < count; index++) {
    const { number, speaks } = plan(index)
    const mouth = (index % every === every - 1 ? close[Math.floor(index / every)] : undefined) ?? ear(index)
    const onAnswered = (mediaPort: number): void => {
      answered++
      if (speaks) talkers.add(mouth, mediaPort)
    }
    void uac.call({ number, rtpPort: mouth.port, hangUpAfterMs: 600_000, onAnswered })
    await pause(begun + ((index + 1) * rampMs) / count - performance.now())
  }
  await pause(2_000)
  return count - answered
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
