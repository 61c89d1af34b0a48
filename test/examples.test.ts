import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { VirtualClock } from '../src/base/index.ts'
import { sceneHouse } from '../src/house.ts'
import type { Http, HttpQuestion } from '../src/http/index.ts'
import { describe as told, perform, readTranscript } from '../src/transcript/index.ts'

type App = (request: IncomingMessage, response: ServerResponse) => Promise<void>

const read = (path: string): Promise<string> => readFile(new URL(`../examples/${path}`, import.meta.url), 'utf8')

test.each(['kazoo-json', 'twiml'])('the web app in examples/%s answers as its transcript says', async (example) => {
  const { app } = (await import(new URL(`../examples/${example}/server.mjs`, import.meta.url).href)) as { app: App }
  const server = createServer((asked, answer) => void app(asked, answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const transcript = readTranscript(await read(`${example}/dialogue.call`))
  let questions = 0

  const { difference } = await perform(transcript, (world) => {
    const http: Http = async (question) => {
      const scripted = await world.http(question)
      const said = ask(question, port)
      const body = await (world.clock instanceof VirtualClock ? world.clock.hold(said) : said)
      expect(inOneLine(body)).toBe(inOneLine(Buffer.from(scripted.body).toString()))
      questions++
      return { ...scripted, body: Buffer.from(body) }
    }
    return sceneHouse({ ...world, http })
  })
  server.close()

  expect(difference === undefined ? undefined : told(difference, `examples/${example}/dialogue.call`)).toBeUndefined()
  expect(questions).toBe(transcript.setup.answers.length)
})

test.each(['kazoo-json', 'twiml'])('examples/%s is a whole web app in less than 60 lines', async (example) => {
  expect((await read(`${example}/server.mjs`)).split('\n').length).toBeLessThan(60)
})

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** Asks the web app as if it were at the address in the question. */
async function ask({ url, method, headers, body }: HttpQuestion, port: number): Promise<string> {
  const { host, pathname, search } = new URL(url)
  const asked = request({ host: '127.0.0.1', port, method, path: pathname + search, headers: { ...headers, host } })
  asked.end(typeof body === 'string' ? body : undefined)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return text
}
