import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { silentLog, systemClock } from '../base/index.ts'
import { openStore } from './index.ts'

const writer = fileURLToPath(new URL('../../test/support/write-until-killed.mjs', import.meta.url))

/** Runs a process that writes, and kills it when it has said that so many units are kept. @returns those it said */
async function writeAndDie(dataDir: string, round: string, most: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, dataDir, round], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const said: string[] = []
  for await (const line of createInterface(child.stdout)) {
    said.push(line)
    if (said.length === most) child.kill('SIGKILL')
  }
  await exited
  return said
}

test('a process that is killed while it writes has kept all that it said it had, whole', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pivot-killed-'))
  const said = [
    ...(await writeAndDie(dataDir, 'a', 40)),
    ...(await writeAndDie(dataDir, 'b', 333)),
    ...(await writeAndDie(dataDir, 'c', 1)),
  ]
  const store = await openStore({ url: '', dataDir, node: 'n', clock: systemClock, log: silentLog })
  const { items } = await store.reader.cdrs('acme', { size: 10_000 })
  const kept = items.map(({ callId }) => callId).toSorted()
  expect(said.length).toBeGreaterThan(370)
  expect(said.filter((callId) => !kept.includes(callId))).toEqual([])
  // A unit is kept whole or not at all: as many jobs and events as CDRs, of the same calls.
  const jobs = await store.jobs.claim('n', 10_000, 1)
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(kept)
  const events = await store.reader.events('acme', { most: 10_000 })
  expect(events.map(({ event }) => event.callId).toSorted()).toEqual(kept)
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1))
  await store.close()
  await rm(dataDir, { recursive: true })
}, 30_000)
