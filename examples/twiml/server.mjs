/** A voice web app that answers in TwiML. Run it: node server.mjs */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

const xml = (text) => String(text).replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)

const routes = {
  '/voice': () => `
    <Gather numDigits="1" timeout="5" action="/choice">
      <Say>Press 1 to leave a message. Press 2 to hear the digits of your choice.</Say>
    </Gather>
    <Say>You pressed nothing. Goodbye.</Say>`,

  '/choice': (call) => {
    switch (call.get('Digits')) {
      case '1':
        return `
          <Say>Speak after the tone, and press the pound key when you are done.</Say>
          <Record maxLength="30" timeout="5" finishOnKey="#" action="/recorded"/>
          <Say>I heard nothing.</Say><Redirect>/voice</Redirect>`
      case '2':
        return `
          <Gather finishOnKey="#" timeout="8" action="/digits"><Say>Enter digits, and end with pound.</Say></Gather>
          <Redirect>/voice</Redirect>`
      default:
        return `<Say>There is nothing behind that key.</Say><Redirect>/voice</Redirect>`
    }
  },

  '/digits': (call) => `
    <Say>You entered ${xml([...(call.get('Digits') ?? '')].join(' '))}.</Say>
    <Redirect>/voice</Redirect>`,

  '/recorded': (call) => `
    <Say>You spoke for ${xml(call.get('RecordingDuration') ?? 'some')} seconds. You said:</Say>
    <Play>${xml(call.get('RecordingUrl') ?? '')}</Play>
    <Say>Goodbye.</Say><Hangup/>`,
}

export async function app(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  let body = ''
  for await (const chunk of request) body += chunk
  const call = request.method === 'POST' ? new URLSearchParams(body) : searchParams
  const verbs = routes[pathname]?.(call)
  response.writeHead(verbs ? 200 : 404, { 'content-type': 'text/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Response>${verbs ?? ''}</Response>\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) createServer(app).listen(Number(process.env.PORT ?? 3002))
