import { Listener } from './sound.ts'
import { apiKey, numbers, startServer, type Subject, type Usage } from './subject.ts'
import { Talkers } from './talkers.ts'
import { Uac } from './uac.ts'
import { Uas } from './uas.ts'

const callsPerSecond = 3
const longestMs = 12_000
const rooms = 4
const ears = 16
/** How long whatever ends of itself may take after the last call. */
const settleMs = 45_000

/**
 * Calls a server for `minutes`: most calls are connected with a phone, the others meet in rooms; everybody hangs up when
 * they like. Prints what the server has open meanwhile, minute by minute, and what is left of it when all is over.
 */
export async function soak(print: (line: string) => void, minutes: number): Promise<void> {
  const talkers = new Talkers()
  const mouths = await Promise.all(Array.from({ length: ears }, () => Listener.open()))
  const anyMouth = (): Listener => mouths[Math.floor(Math.random() * ears)] as Listener
  const uas = await Uas.open(() => anyMouth().port)
  const subject = await startServer({
    voiceUrl: 'http://127.0.0.1:9/',
    promptMs: 20,
    calleeUri: uas.uri,
    rooms,
    env: { PIVOT_LOG_LEVEL: 'error' },
  })
  const uac = await Uac.open(subject.sip)
  talkers.begin()
  print('| minute | calls | failed | legs | open files | memory | CDRs |')
  print('|---|---|---|---|---|---|---|')
  const count = { calls: 0, failed: 0 }
  const row = async (name: string): Promise<Usage> => {
    const usage = await subject.usage()
    const { legs, cdrs } = await kept(subject)
    print(
      `| ${name} | ${count.calls} | ${count.failed} | ${legs} | ${usage.files} | ${Math.round(usage.rssKb / 1024)} MB | ${cdrs} |`,
    )
    return usage
  }
  const pending = new Set<Promise<unknown>>()
  await row('begin')
  const begun = performance.now()
  for (let minute = 1; minute <= minutes; minute++) {
    while (performance.now() - begun < minute * 60_000) {
      count.calls++
      const inRoom = Math.random() < 0.3
      const number = inRoom ? `${numbers.room}${Math.floor(Math.random() * rooms)}` : numbers.bridge
      const hangUpAfterMs = 200 + Math.random() * longestMs
      const mouth = anyMouth()
      const onAnswered = (mediaPort: number): void => {
        const silence = talkers.add(mouth, mediaPort)
        setTimeout(silence, hangUpAfterMs)
      }
      const call = uac
        .call({ number, rtpPort: mouth.port, hangUpAfterMs, onAnswered })
        .then(({ status }) => (status === 200 ? 0 : count.failed++))
        .finally(() => pending.delete(call))
      pending.add(call)
      await pause((2_000 * Math.random()) / callsPerSecond)
    }
    await row(String(minute))
  }
  await Promise.all(pending)
  await pause(settleMs)
  await row('over')
  talkers.end()
  uac.close()
  await subject.stop()
  uas.close()
  for (const mouth of mouths) mouth.close()
}

/** How many legs live, and how many CDRs there are. */
async function kept({ http }: Subject): Promise<{ legs: number; cdrs: number }> {
  const metrics = await (await fetch(`${http}/metrics`)).text()
  const gauge = (name: string): number => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(metrics)?.[1])
  const headers = { 'x-auth-token': apiKey }
  const answer = await fetch(`${http}/v2/accounts/demo/cdrs?paginate=false`, { headers })
  const { data } = (await answer.json()) as { data?: readonly unknown[] }
  return { legs: gauge('pivot_calls_live'), cdrs: data?.length ?? -1 }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
