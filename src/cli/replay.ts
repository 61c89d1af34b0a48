import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isFailure, systemClock } from '../base/index.ts'
import { readConfig } from '../config/index.ts'
import { sceneHouse } from '../house.ts'
import { openHttp, readEgress } from '../http/index.ts'
import { readLog, repeatAgainst, replay, toTranscript, type RecordedCall, type Repeated } from '../replay/index.ts'
import { describe, perform, readTranscript } from '../transcript/index.ts'
import type { Command, Io } from './io.ts'

export const replayCommand: Command = {
  name: 'replay',
  usage: 'replay LOG.ndjson [--against URL | --to-call]',
  summary: 'Makes a recorded call again, and stops at the first difference.',
  help: `LOG.ndjson is the debug log of a call: GET /v2/accounts/ACCOUNT/pivot/debug/CALL as NDJSON. The recorded caller and the
recorded web servers do again what they did, in virtual time and without a network; everything else is compared with
what was recorded. The exit code is 0 when all went as recorded, 1 with the first difference (+ recorded, - now),
2 when the log cannot be replayed.
  --call ID       which call, when the log holds several (default the last)
  --digits 1234#  what the caller pressed, one after another, where the log hides it
  --json          the outcome as JSON
  --to-call       writes the call as a .call transcript instead: a regression test
  --against URL   sends the recorded requests to this web server instead, and shows where its answers differ from the
                  recorded ones. Only scheme, host and port of URL count. Egress rules are those of the configuration;
                  PIVOT_SECRET signs the requests, which are not signed without it`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        call: { type: 'string' },
        digits: { type: 'string', default: '' },
        against: { type: 'string' },
        json: { type: 'boolean', default: false },
        'to-call': { type: 'boolean', default: false },
      },
    })
    const [file, ...more] = positionals
    const { against, digits, json, 'to-call': isToCall } = values
    const problem = usageProblem(file, more, values)
    if (file === undefined || problem !== undefined) return refuse(io, problem ?? '')
    const text = await textOf(resolve(io.folder, file))
    if (text === undefined) return refuse(io, `there is no file ${file}`)
    try {
      const call = readLog(text, { file, callId: values.call })
      if (against !== undefined) return await compareServer(call, against, json, io)
      return await (isToCall ? writeTranscript(call, digits, io) : makeAgain(call, digits, json, io))
    } catch (error) {
      if (!isFailure(error, 'REPLAY_INVALID')) throw error
      const { at, problem } = error.details
      io.err(`${file}:${at}: ${error.code} ${problem}`)
      return 2
    }
  },
}

interface Values {
  readonly digits: string
  readonly against?: string | undefined
  readonly 'to-call': boolean
}

function usageProblem(file: string | undefined, more: readonly string[], values: Values): string | undefined {
  const { digits, against, 'to-call': isToCall } = values
  if (file === undefined || more.length > 0) return 'one debug log: pivot replay LOG.ndjson'
  if (!/^[0-9*#A-D]*$/.test(digits)) return '--digits are of 0-9, *, # and A-D'
  if (against !== undefined && isToCall) return 'either --against or --to-call'
  if (against !== undefined && !(URL.canParse(against) && /^https?:/i.test(against))) return '--against is an http URL'
  return undefined
}

function refuse(io: Io, problem: string): number {
  io.err(`pivot replay: ${problem}`)
  return 2
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function makeAgain(call: RecordedCall, digits: string, json: boolean, io: Io): Promise<number> {
  const replayed = await replay(call, { openHouse: sceneHouse, digits })
  const { story, difference, stuck, isWhole } = replayed
  const exitCode = difference !== undefined ? 1 : stuck !== undefined ? 2 : 0
  if (json) {
    io.out(JSON.stringify({ callId: call.callId, ...replayed }))
    return exitCode
  }
  if (difference !== undefined) {
    io.out(describe(difference, call.file, 'not as recorded'))
    return exitCode
  }
  for (const said of story) io.out(said)
  if (stuck !== undefined) io.err(`${call.file}:${stuck.line}: the replay cannot go on: ${stuck.problem}`)
  else if (!isWhole) io.err(`${call.file}: the log ends before the call does; so far all went as recorded`)
  return exitCode
}

/** Prints the transcript, and says when it does not go as the call did. */
async function writeTranscript(call: RecordedCall, digits: string, io: Io): Promise<number> {
  const text = toTranscript(call, digits)
  io.out(text.trimEnd())
  const { difference } = await perform(readTranscript(text), sceneHouse)
  if (difference === undefined) return 0
  io.err(`This transcript does not go as it was recorded:\n${describe(difference, 'transcript')}`)
  return 1
}

async function compareServer(call: RecordedCall, url: string, json: boolean, io: Io): Promise<number> {
  const { config } = readConfig(io.env, io.folder)
  const clock = systemClock
  const trusted = config.tlsCa === undefined ? [] : [config.tlsCa]
  const http = openHttp({ clock, egress: readEgress(config.egress), trusted })
  const secret = io.env['PIVOT_SECRET']
  const repeated: Repeated[] = []
  try {
    for await (const one of repeatAgainst(call, { http, clock, url, secret })) {
      repeated.push(one)
      if (json) io.out(JSON.stringify(one))
      else tell(one, call.file, io)
    }
  } finally {
    await http.close()
  }
  const differing = repeated.filter(({ differences }) => differences.length > 0).length
  if (!json)
    io.out(`${repeated.length} sent, ${differing === 0 ? 'no answer differs' : `${differing} answered otherwise`}`)
  return differing === 0 ? 0 : 1
}

function tell({ line, method, url, isHidden, differences }: Repeated, file: string, io: Io): void {
  io.out(
    `${file}:${line}: ${method} ${url}: ${differences.length === 0 ? 'answered as recorded' : 'answered otherwise'}`,
  )
  for (const { at, recorded, got } of differences) io.out(`  ${at}\n  + ${recorded}\n  - ${got}`)
  if (isHidden && differences.length > 0) io.out('  (what the caller pressed is hidden in this request)')
}
