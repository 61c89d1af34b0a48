import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { certificateFile } from '../../test/support/certificates.ts'
import { commands, type Command, type Io } from './index.ts'
import { knownActions } from './known-actions.ts'
import { lintText } from './lint.ts'

const commandOf = (name: string): Command => {
  const command = commands.find((one) => one.name === name)
  if (command === undefined) throw new Error(`no command ${name}`)
  return command
}

/** Runs a command in a new folder with these files. */
async function run(
  name: string,
  args: readonly string[],
  { files = {}, env = {} }: { files?: Record<string, string>; env?: Record<string, string> } = {},
): Promise<{ code: number; out: string[]; err: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'pivot-cli-'))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  const [out, err]: [string[], string[]] = [[], []]
  const io: Io = { env, folder, out: (line) => out.push(line), err: (line) => err.push(line) }
  return { code: await commandOf(name).run(args, io), out, err }
}

const registry = knownActions()
const lint = (path: string, text: string): string[] =>
  lintText(path, text, registry).map(
    ({ line, column, severity, code, message }) => `${line}:${column} ${severity} ${code} ${message}`,
  )

test('a callflow that is right has nothing to be said about', () => {
  expect(lint('a.json', '{"module":"play","data":{"id":"welcome"},"children":{"_":{"module":"hangup"}}}')).toEqual([])
  expect(
    lint('a.yaml', 'callflows:\n  - id: a\n    numbers: [1]\n    flow: { module: sleep, data: { duration: 1 } }'),
  ).toEqual([])
})

test('a mistake in data is reported where it stands', () => {
  const text = `{
  "module": "sleep",
  "data": {
    "duration": "soon"
  }
}`
  expect(lint('a.json', text)).toEqual(['4:17 error FLOW_INVALID /data/duration must be integer'])
})

test('JSON that is none is reported where it stops being JSON', () => {
  expect(lint('a.json', '{\n  "module": "play",\n}')).toEqual([
    '3:1 error SYNTAX "}" stands where a key in double quotes must be',
  ])
})

test('a module that is not known is an error in an answer, and stepped over in a stored callflow', () => {
  const flow = '{"module":"teleport"}'
  expect(lint('a.json', flow)).toEqual(['1:11 error FLOW_INVALID /module there is no action "teleport"'])
  expect(lint('a.json', `{"id":"x","numbers":["1"],"flow":${flow}}`)).toEqual([
    '1:44 warning FLOW_INVALID /flow/module there is no action "teleport"',
  ])
})

test('a file of documents is checked callflow by callflow, as a list or by id', () => {
  const byId = 'callflows:\n  one:\n    flow: { module: play, data: { id: 3 } }\n  two:\n    flow: { module: tts }\n'
  expect(lint('a.yaml', byId)).toEqual([
    `5:11 error FLOW_INVALID /callflows/two/flow/data must have required property 'text'`,
  ])
  const list = '{"callflows":[{"id":"one","flow":{"module":"tts","data":{}}}]}'
  expect(lint('a.json', list)[0]).toMatch(/^1:57 error FLOW_INVALID \/callflows\/0\/flow\/data must have/)
})

test('a file that is YAML only by name is reported, not guessed at', () => {
  expect(lint('a.yaml', 'a: [1\nb: 2')[0]).toMatch(/^2:1 error SYNTAX/)
  expect(lint('a.yaml', 'a: &x [*x]')).toHaveLength(1)
})

test('TwiML is checked with the codes of Twilio; what is only stepped over is a warning', async () => {
  const files = {
    'good.xml': '<Response><Say>Hi</Say></Response>',
    'warned.xml': '<Response>\n  <Say loop="x">Hi</Say>\n</Response>',
    'broken.xml': '<Response><Say>Hi</Response>',
  }
  const good = await run('lint', ['good.xml', 'warned.xml'], { files })
  expect(good.code).toBe(0)
  expect(good.out).toHaveLength(1)
  expect(good.out[0]).toMatch(/^warned\.xml:2:8: \d{5} warning: /)

  const broken = await run('lint', ['broken.xml', '--json'], { files })
  expect(broken.code).toBe(1)
  expect(JSON.parse(broken.out[0] ?? '')).toMatchObject({
    path: 'broken.xml',
    code: '12100',
    severity: 'error',
    line: 1,
  })
})

test('a file that is not there is an error, and no file is a question', async () => {
  expect((await run('lint', ['nowhere.json'])).out[0]).toMatch(/^nowhere\.json:1:1: FILE_UNREADABLE /)
  expect((await run('lint', [])).code).toBe(2)
})

test('the doctor names the port that is taken and what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''

  const { code, out } = await run('doctor', [], {
    env: {
      PIVOT_HTTP_PORT: port,
      PIVOT_SIP_PORT: '0',
      PIVOT_SIP_TLS_PORT: port,
      PIVOT_SIP_TLS_CERT: certificateFile('pbx.pem'),
      PIVOT_SIP_TLS_KEY: certificateFile('pbx.key'),
      PIVOT_SIP_WS_PORT: '0',
      PIVOT_RTP_PORTS: '40000-40100',
    },
  })
  other.close()

  expect(code).toBe(1)
  expect(out.find((line) => line.includes('HTTP port'))).toMatch(/^WRONG .*EADDRINUSE[^]*PIVOT_HTTP_PORT/)
  expect(out.find((line) => line.includes('SIP port TLS'))).toMatch(/^WRONG .*EADDRINUSE[^]*PIVOT_SIP_TLS_PORT/)
  expect(out.find((line) => line.includes('SIP port WS'))).toMatch(/^ok /)
  expect(out.find((line) => line.includes('SIP certificate'))).toMatch(
    /^ok .*for pbx.example, .*until .* 2126 GMT, \d+ days/,
  )
  expect(out.find((line) => line.includes('database'))).toMatch(/^ok .*embedded, opened in \d+ ms/)
  expect(out.find((line) => line.includes('storage'))).toMatch(/^ok .*keeps what it is given/)
  expect(out.find((line) => line.includes('speech'))).toMatch(/^ok .* spoken and encoded in \d+ ms/)
})

test('the doctor says what is wrong with the configuration', async () => {
  const { code, out } = await run('doctor', ['--json'], { env: { PIVOT_HTTP_PORT: 'x' } })

  expect(code).toBe(1)
  expect(JSON.parse(out[1] ?? '')).toMatchObject({ name: 'configuration', isGood: false, todo: 'pivot start --help' })
})
