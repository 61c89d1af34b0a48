/** Writes units as fast as it can, and says each on the standard output once the store says that it is kept. */
import { silentLog, systemClock } from '../../dist/base/index.js'
import { openStore } from '../../dist/store/index.js'

const [, , dataDir, prefix] = process.argv
const node = `node-${prefix}`
const store = await openStore({ url: '', dataDir, node, clock: systemClock, log: silentLog })
let written = 0

async function writeOn() {
  for (;;) {
    const callId = `${prefix}-${++written}`
    const ended = { callId, id: `197001-${callId}`, accountId: 'acme', interactionId: 'i', createdAt: written }
    const job = { id: callId, accountId: 'acme', kind: 'cdr', dueAt: 0, attempts: 0 }
    const event = { type: 'leg.ended', accountId: 'acme', callId, sequence: 1, atMs: 0 }
    if (await store.records.write({ ended, jobs: [job], events: [{ at: 0, event }] }))
      process.stdout.write(`${callId}\n`)
  }
}
await Promise.all(Array.from({ length: 16 }, writeOn))
