import { afterEach, expect, test } from 'vitest'
import { Uac } from '../../bench/uac.ts'
import { documentsFolder } from './support/documents.ts'
import { startServer } from './support/server.ts'

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

test('told to stop, the server refuses new calls with 503, lets the live one end, and exits with 0', async () => {
  const documents = await documentsFolder({ 1000: { module: 'play', data: { id: 'welcome' } } })
  undo.push(documents.remove)
  const server = await startServer({ documents: documents.folder })
  const uac = await Uac.open(server.sip)
  undo.push(() => uac.close())

  const live = uac.call({ number: '1000', rtpPort: 9 })
  await pause(500)
  const exit = server.stop()
  await pause(200)
  const refused = await uac.call({ number: '1000', rtpPort: 9 })
  expect(refused.status).toBe(503)
  const { status, answeredAt, endedAt } = await live
  expect(status).toBe(200)
  expect(endedAt - (answeredAt ?? 0)).toBeGreaterThan(1_900)
  expect(await exit).toBe(0)
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
