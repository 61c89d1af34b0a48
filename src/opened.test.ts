import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { silentLog } from './base/index.ts'
import { openDoor, Opened } from './opened.ts'

test('what was opened last is closed first, and what cannot be closed does not keep the others open', async () => {
  const closed: string[] = []
  const complaints: unknown[] = []
  const opened = new Opened({ ...silentLog, error: (_event, fields) => complaints.push(fields?.['what']) })
  const thing = (name: string): { close(): Promise<void> } => ({
    close: async () => {
      closed.push(name)
      if (name === 'media') throw new Error('stuck')
    },
  })
  for (const name of ['store', 'media', 'door']) opened.add(name, thing(name))

  await opened.close()
  await opened.close()

  expect(closed).toEqual(['door', 'media', 'store'])
  expect(complaints).toEqual(['media'])
})

test('a port that is taken is a matter of configuration: the setting, and what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const listen = async (): Promise<void> => {
    await once(createServer().listen(port, '127.0.0.1'), 'listening')
  }

  const doors = [
    ['sip_port', 5060],
    ['http_port', port],
  ] as const
  await expect(openDoor('127.0.0.1', doors, listen)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    details: {
      at: 'PIVOT_HTTP_PORT',
      problem: expect.stringMatching(/is taken by another program: stop that/) as string,
    },
  })
  other.close()
})

test('any other error is told as it is', async () => {
  const failed = openDoor('x', [['sip_port', 1]], () => Promise.reject(new Error('out of memory')))

  await expect(failed).rejects.toThrow('out of memory')
})
