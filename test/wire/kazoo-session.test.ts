import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { loudPart, tone, toneShare, wav } from './support/audio.ts'
import { Attacker, offerTo } from './support/attacker.ts'
import { RtpPhone } from './support/rtp-phone.ts'
import { startServer } from './support/server.ts'
import { WebApp } from './support/web-app.ts'

const run = promisify(execFile)
const script = new URL('../../examples/kazoo-session/session.sh', import.meta.url).pathname
const program = new URL('../../bin/pivot.js', import.meta.url).pathname
const greetingHz = 620

test('media, menu and callflow made by curl answer a call; curl then reads its CDR, debug log and attempts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-session-'))
  const app = await WebApp.start({
    '/voice': () => ({ module: 'hangup', data: {} }),
    '/hook': () => ({}),
  })
  const server = await startServer({ env: { PIVOT_API_KEY: 'the key of this session', PIVOT_LOG_LEVEL: 'warn' } })
  try {
    const greeting = join(folder, 'greeting.wav')
    await writeFile(greeting, wav(tone(greetingHz, 1_500)))
    const env = {
      ...process.env,
      PIVOT: server.http,
      KEY: 'the key of this session',
      GREETING: greeting,
      VOICE_URL: `${app.url}/voice`,
      HOOK_URL: `${app.url}/hook`,
    }
    const made = await run(script, ['make'], { env })
    expect(made.stdout).toMatch(/^media \w+ menu \w+ callflow \w+ webhook \w+\n$/)

    const callId = await call(server.sip)
    const hook = await app.wasAsked(({ path }) => path === '/hook')
    expect(JSON.parse(hook.body.toString())).toMatchObject({ hook_event: 'channel_destroy', call_id: callId })

    const [, cdr = '', , debug = '', , attempts = ''] = (await run(script, ['ask'], { env })).stdout.split('\n')
    expect(JSON.parse(cdr)).toMatchObject({
      status: 'success',
      data: { call_id: callId, hangup_cause: 'NORMAL_CLEARING', call_direction: 'inbound' },
    })
    const exchanges = (JSON.parse(debug) as { data: readonly object[] }).data
    expect(exchanges).toContainEqual(
      expect.objectContaining({ call_id: callId, iteration: 1, uri: `${app.url}/voice`, method: 'post' }),
    )
    expect(exchanges).toContainEqual(expect.objectContaining({ call_id: callId, resp_status_code: '200' }))
    expect(JSON.parse(attempts)).toMatchObject({ data: [{ hook_event: 'channel_destroy', result: 'success' }] })

    const log = join(folder, 'call.ndjson')
    const url = `${server.http}/v2/accounts/demo/pivot/debug/${encodeURIComponent(callId)}`
    const headers = { 'x-auth-token': env.KEY, accept: 'application/x-ndjson' }
    await writeFile(log, await (await fetch(url, { headers })).text())
    const replayed = await run(process.execPath, [program, 'replay', log, '--digits', '1'])
    expect(replayed.stdout).toContain('pivot')
  } finally {
    await server.stop()
    await app.stop()
    await rm(folder, { recursive: true, force: true })
  }
})

/** Calls 4000, hears the greeting, presses 1, and is hung up on. @returns the Call-ID */
async function call(sip: string): Promise<string> {
  const caller = await Attacker.open(sip)
  const phone = await RtpPhone.open()
  try {
    const { status, callId } = await caller.calls('4000', offerTo(phone.port))
    expect(status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await phone.press('1')
    await caller.hears((said) => said.callId === callId && said.text.startsWith('BYE '))
    expect(toneShare(loudPart(phone.heard()), greetingHz)).toBeGreaterThan(0.9)
    return callId
  } finally {
    phone.close()
    caller.close()
  }
}
