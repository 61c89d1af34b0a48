import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { isFailure, never, silentLog, systemClock, within } from '../base/index.ts'
import { readConfig, type Config } from '../config/index.ts'
import { mediaPlaces, MemoryDocuments } from '../documents/index.ts'
import { openHttp, readEgress } from '../http/index.ts'
import { encodeG711 } from '../media/index.ts'
import { openAudioLibrary } from '../prompts/index.ts'
import { diagnoseCertificate } from './diagnose-certificate.ts'
import { diagnoseDatabase, diagnoseStorage } from './diagnose-keeping.ts'
import { messageOf, type Diagnosis } from './diagnosis.ts'
import type { Command, Io } from './io.ts'

const oldestNode = [20, 19] as const

export const doctorCommand: Command = {
  name: 'doctor',
  usage: 'doctor [--json]',
  summary: 'Checks configuration, data folder, database, storage, ports and speech, and says what to do.',
  help: 'The exit code is 0 when all is well, 1 otherwise. Programs for more languages are optional.',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    const diagnoses = await diagnose(io)
    for (const diagnosis of diagnoses) io.out(values.json ? JSON.stringify(diagnosis) : lineOf(diagnosis))
    return diagnoses.every(({ isGood }) => isGood) ? 0 : 1
  },
}

const lineOf = ({ name, isGood, says, todo }: Diagnosis): string =>
  `${isGood ? 'ok   ' : 'WRONG'} ${name.padEnd(14)} ${says}${todo === undefined ? '' : `\n${' '.repeat(21)}→ ${todo}`}`

async function diagnose({ env, folder }: Io): Promise<readonly Diagnosis[]> {
  const node = nodeVersion()
  let config: Config
  try {
    const read = readConfig(env, folder)
    config = read.config
    const unknown = read.unknownVariables
    const says = unknown.length === 0 ? 'can be read' : `can be read; no settings: ${unknown.join(', ')}`
    return [
      node,
      { name: 'configuration', isGood: true, says },
      await dataFolder(config),
      await diagnoseDatabase(config),
      await diagnoseStorage(config),
      await tcpPort('HTTP port', config.http.host, config.http.port, 'PIVOT_HTTP_PORT'),
      await tcpPort('SIP port TCP', config.sip.host, config.sip.port, 'PIVOT_SIP_PORT'),
      ...(await sipPorts(config)),
      await udpPort('SIP port UDP', config.sip.host, config.sip.port, 'PIVOT_SIP_PORT'),
      await udpPort('media port', config.sip.host, config.media.firstPort, 'PIVOT_RTP_PORTS'),
      await speech(config),
      await speechPrograms(env['PATH'] ?? ''),
      await eventLoop(),
    ]
  } catch (error) {
    if (!isFailure(error, 'CONFIG_INVALID')) throw error
    const { at, problem } = error.details
    return [node, { name: 'configuration', isGood: false, says: `${at} ${problem}`, todo: 'pivot start --help' }]
  }
}

function nodeVersion(): Diagnosis {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [wantedMajor, wantedMinor] = oldestNode
  const isGood = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  const todo = `install Node ${wantedMajor}.${wantedMinor} or newer`
  return { name: 'Node', isGood, says: process.version, ...(isGood ? {} : { todo }) }
}

async function dataFolder({ dataDir }: Config): Promise<Diagnosis> {
  const probe = join(dataDir, `.doctor-${process.pid}`)
  try {
    await mkdir(dataDir, { recursive: true })
    await writeFile(probe, '')
    await rm(probe)
    return { name: 'data folder', isGood: true, says: `${dataDir} can be written` }
  } catch (error) {
    const todo = 'make it writable for this user, or set PIVOT_DATA_DIR'
    return { name: 'data folder', isGood: false, says: `${dataDir}: ${messageOf(error)}`, todo }
  }
}

async function tcpPort(name: string, host: string, port: number, variable: string): Promise<Diagnosis> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return { name, isGood: true, says: `${host}:${port} is free` }
  } catch (error) {
    return busy(name, `${host}:${port}`, variable, error)
  } finally {
    server.close()
  }
}

/** Those that are wanted besides the usual one, and what they need. */
async function sipPorts(config: Config): Promise<readonly Diagnosis[]> {
  const { host, tls, webSockets } = config.sip
  const wanted = [
    ['SIP port TLS', tls.port, 'PIVOT_SIP_TLS_PORT'],
    ['SIP port WS', webSockets.port, 'PIVOT_SIP_WS_PORT'],
    ['SIP port WSS', webSockets.securePort, 'PIVOT_SIP_WSS_PORT'],
  ] as const
  const ports: Diagnosis[] = []
  for (const [name, port, variable] of wanted) {
    if (port !== undefined) ports.push(await tcpPort(name, host, port, variable))
  }
  return [...ports, await diagnoseCertificate(config)]
}

async function udpPort(name: string, host: string, port: number, variable: string): Promise<Diagnosis> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    socket.bind(port, host)
    await once(socket, 'listening')
    return { name, isGood: true, says: `${host}:${port} is free` }
  } catch (error) {
    return busy(name, `${host}:${port}`, variable, error)
  } finally {
    socket.close()
  }
}

function busy(name: string, address: string, variable: string, error: unknown): Diagnosis {
  const todo = `stop what uses it (a Pivot that runs already?), or set ${variable}`
  return { name, isGood: false, says: `${address}: ${messageOf(error)}`, todo }
}

const speechMs = 20_000
const sentence = 'This is Pivot.'

/** The way of every prompt: text to samples in a thread, samples to what goes on the wire. */
async function speech({ dataDir, egress, speech: { order, piperVoices } }: Config): Promise<Diagnosis> {
  const http = openHttp({ clock: systemClock, egress: readEgress(egress) })
  const library = openAudioLibrary({
    documents: mediaPlaces(new MemoryDocuments(), undefined),
    http,
    clock: systemClock,
    log: silentLog,
    dataDir,
    speechOrder: order,
    ...(piperVoices === undefined ? {} : { piperVoices }),
  })
  const begun = systemClock.now()
  try {
    const audio = await within(
      { clock: systemClock, ms: speechMs, signal: never },
      () => new Error(`nothing within ${speechMs / 1000} s`),
      (signal) => library.open({ kind: 'speech', text: sentence, voice: 'female', language: 'en-us' }, signal),
    )
    const loudest = audio.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    const bytes = encodeG711(audio.samples, 'pcmu').length
    const says = `${audio.durationMs} ms spoken and encoded in ${systemClock.now() - begun} ms (${bytes} bytes)`
    return { name: 'speech', isGood: loudest > 1000, says: loudest > 1000 ? says : 'what was spoken is silence' }
  } catch (error) {
    return { name: 'speech', isGood: false, says: messageOf(error), todo: 'npm ci: the built-in voice is a dependency' }
  } finally {
    await library.close()
    await http.close()
  }
}

const programs = ['espeak-ng', 'pico2wave', 'piper'] as const

/** English is built in; other languages need one of these. */
async function speechPrograms(path: string): Promise<Diagnosis> {
  const found: string[] = []
  for (const program of programs) {
    const places = path.split(delimiter).map((folder) => access(join(folder, program)))
    if (await Promise.any(places).then(always, () => false)) found.push(program)
  }
  const name = 'languages'
  if (found.length > 0) return { name, isGood: true, says: `English, and those of ${found.join(', ')}` }
  return { name, isGood: true, says: 'English only', todo: 'for others: apt-get install espeak-ng' }
}

const always = (): boolean => true
const lagMs = 20

async function eventLoop(): Promise<Diagnosis> {
  const delays = monitorEventLoopDelay({ resolution: 5 })
  delays.enable()
  await systemClock.sleep(300)
  delays.disable()
  const worst = delays.max / 1e6
  const says = `at most ${worst.toFixed(1)} ms late in 300 ms`
  if (worst < lagMs) return { name: 'event loop', isGood: true, says }
  return { name: 'event loop', isGood: true, says, todo: 'this machine is busy: prompts may stutter' }
}
