import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Collection, Document } from './callflow/index.ts'

/** A house that nobody has given documents to: two numbers, and the example web apps that they ask. */
export interface Demo {
  readonly documents: readonly { readonly collection: Collection; readonly document: Document }[]
  close(): Promise<void>
}

/** Number, example and dialect of what can be called. */
const examples = [
  { number: '2030', folder: 'kazoo-json', method: 'get', format: 'kazoo', name: 'Example in callflow JSON' },
  { number: '2031', folder: 'twiml', method: 'post', format: 'twiml', name: 'Example in TwiML' },
] as const

/** Serves the example web apps on free ports of the loopback interface. */
export async function openDemo(): Promise<Demo> {
  const apps = await Promise.all(examples.map(async (example) => ({ example, ...(await openExample(example.folder)) })))
  return {
    documents: apps.map(({ example, url }) => ({
      collection: 'callflows',
      document: callflow(example, `${url}/voice`),
    })),
    close: async () => {
      await Promise.all(apps.map(({ server }) => closeServer(server)))
    },
  }
}

type App = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Serves the web app of an example on a free port. */
async function openExample(folder: string): Promise<{ readonly server: Server; readonly url: string }> {
  const path = new URL(`../examples/${folder}/server.mjs`, import.meta.url)
  const { app } = (await import(path.href)) as { app: App }
  const server = createServer((request, response) => {
    // An example is short, not robust: what it trips over must not take the calls down with it.
    void app(request, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return { server, url: `http://127.0.0.1:${port}` }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

function callflow(example: (typeof examples)[number], voiceUrl: string): Document {
  const { number, folder, method, format, name } = example
  const sorry = { module: 'tts', data: { text: 'The example web app did not answer. Goodbye.' } }
  return {
    id: `demo-${folder}`,
    name,
    numbers: [number],
    flow: {
      module: 'pivot',
      data: { voice_url: voiceUrl, method, req_format: format },
      children: { _: sorry },
    },
  }
}
