/** A voice web app that answers in KAZOO callflow JSON. Run it: node server.mjs */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

const say = (text, next) => ({ module: 'tts', data: { text }, ...(next && { children: { _: next } }) })

/** Asks this app again, at `path`. */
const ask = (base, path) => ({ module: 'pivot', data: { voice_url: base + path, method: 'post', req_format: 'kazoo' } })

const menu = (base) =>
  say('Press 1 to hear the number you are calling from. Press 2 to hear the time. Press 3 for some sound.', {
    module: 'collect_dtmf',
    data: { max_digits: 1, timeout: 5000, collection_name: 'choice' },
    children: { _: ask(base, '/choice') },
  })

const routes = {
  '/voice': (base) => say('Welcome to Pivot.', menu(base)),
  '/menu': (base) => menu(base),
  '/choice': (base, call) => {
    const again = ask(base, '/menu')
    switch (call.get('Digits[choice]')) {
      case '1':
        return say(`You are calling from ${[...(call.get('Caller-ID-Number') ?? 'nowhere')].join(' ')}.`, again)
      case '2':
        return say(`It is ${new Date().toISOString().slice(11, 16)} in Greenwich.`, again)
      case '3':
        return {
          module: 'play',
          data: { id: 'tone_stream://%(400,200,523);%(400,200,659);%(800,0,784)' },
          children: { _: again },
        }
      case '':
        return say('You pressed nothing. Goodbye.')
      default:
        return say('There is nothing behind that key.', again)
    }
  },
}

/** What Pivot tells about the call: in the query of a GET, in the body of a POST. */
async function parametersOf(request, url) {
  if (request.method !== 'POST') return url.searchParams
  let body = ''
  for await (const chunk of request) body += chunk
  return new URLSearchParams(body)
}

export async function app(request, response) {
  const url = new URL(request.url, `http://${request.headers.host}`)
  const call = await parametersOf(request, url)
  const flow = routes[url.pathname]?.(url.origin, call)
  response.writeHead(flow ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(flow ?? {}))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) createServer(app).listen(Number(process.env.PORT ?? 3001))
