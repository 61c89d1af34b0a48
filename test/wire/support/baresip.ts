import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readWav, wav } from './audio.ts'

export interface BaresipEvent {
  readonly event?: boolean
  readonly type?: string
  readonly param?: string
  /** Of the answer to a command. */
  readonly data?: string
}

/** A baresip of its own, without sound hardware: it speaks a file, and keeps what it hears in a file. */
export class Baresip {
  readonly #child: ChildProcess
  readonly #control: Socket
  readonly #folder: string
  /** Where it can be called. */
  readonly uri: string
  readonly #events: BaresipEvent[] = []
  readonly #waiting = new Set<() => void>()
  #received = Buffer.alloc(0)

  private constructor(child: ChildProcess, control: Socket, folder: string, uri: string) {
    this.uri = uri
    this.#child = child
    this.#control = control
    this.#folder = folder
    control.on('data', (bytes) => this.#take(bytes))
  }

  static async start({
    speaks,
    transport = 'udp',
    codec = 'PCMU',
    account,
    authorities,
    mediaenc,
    mostCalls = 4,
  }: BaresipOptions): Promise<Baresip> {
    const folder = await mkdtemp(join(tmpdir(), 'pivot-baresip-'))
    const [sipPort, controlPort] = [await freePort(), await freePort()]
    await writeFile(join(folder, 'speaks.wav'), wav(speaks))
    await writeFile(join(folder, 'config'), config({ folder, sipPort, controlPort, authorities, mostCalls }))
    const uri = `sip:phone@127.0.0.1:${sipPort};transport=${transport}`
    await writeFile(join(folder, 'accounts'), accountLine(uri, codec, transport, account, mediaenc))
    await writeFile(join(folder, 'contacts'), '')
    const child = spawn('baresip', ['-f', folder], { stdio: 'ignore' })
    return new Baresip(child, await connectTo(controlPort), folder, uri)
  }

  async dial(uri: string): Promise<void> {
    this.call(uri)
    await this.happens('CALL_ESTABLISHED')
  }

  call(uri: string): void {
    this.#command('dial', uri)
  }

  /** Takes the call that rings, once it does. */
  async answer(): Promise<void> {
    await this.happens('CALL_INCOMING')
    this.#command('accept', '')
    await this.happens('CALL_ESTABLISHED')
  }

  /** It registers as it starts, which may be over before it can be listened to: so it is asked. */
  async isRegistered(): Promise<void> {
    for (let asked = 0; asked < 50; asked++) {
      this.#command('reginfo', '')
      await new Promise((resolve) => setTimeout(resolve, 100))
      if (this.#events.some(({ data }) => data !== undefined && data.includes('OK'))) return
    }
    throw new Error('baresip could not register')
  }

  /** Asks that whoever it talks with be connected with `uri` in its place. */
  transfer(uri: string): void {
    this.#command('transfer', uri)
  }

  hold(): void {
    this.#command('hold', '')
  }

  resume(): void {
    this.#command('resume', '')
  }

  /** Presses keys one after another, as telephone-events. */
  async press(keys: string): Promise<void> {
    for (const key of keys) {
      this.#command('sndcode', key)
      await new Promise((resolve) => setTimeout(resolve, 120))
      this.#command('sndcode', '\x04')
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
  }

  hangUp(): void {
    this.#command('hangup', '')
  }

  /** The first event of `type`, before or from now on. */
  happens(type: string, ms = 20_000): Promise<BaresipEvent> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.#events.find((event) => event.type === type)
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`baresip saw no ${type} in ${ms} ms, but ${this.#events.map((e) => e.type).join(' ')}`))
      }, ms)
      this.#waiting.add(look)
      look()
    })
  }

  /** What it has heard in its last call, which has to be over: the length stands in the file once it is closed. */
  async heard(): Promise<Int16Array> {
    for (let tries = 0; tries < 250; tries++) {
      const dumps = (await readdir(this.#folder)).filter(
        (name) => name.startsWith('dump-') && name.endsWith('-dec.wav'),
      )
      const last = dumps.sort().at(-1)
      const samples = last === undefined ? new Int16Array() : readWav(await readFile(join(this.#folder, last)))
      if (samples.length > 0) return samples
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('baresip has kept nothing of what it heard')
  }

  /** It is gone without a word. */
  async kill(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#control.destroy()
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM')
      await exit
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  #command(command: string, params: string): void {
    const json = JSON.stringify({ command, params })
    this.#control.write(`${Buffer.byteLength(json)}:${json},`)
  }

  /** Netstrings: `length:json,`. */
  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    for (;;) {
      const colon = this.#received.indexOf(':')
      if (colon < 0) return
      const length = Number(this.#received.toString('latin1', 0, colon))
      if (this.#received.length < colon + length + 2) return
      const json = this.#received.toString('utf8', colon + 1, colon + 1 + length)
      this.#received = this.#received.subarray(colon + length + 2)
      this.#events.push(JSON.parse(json) as BaresipEvent)
      for (const look of this.#waiting) look()
    }
  }
}

/** Of a phone that registers, instead of one that is only called at its address. */
export interface BaresipAccount {
  readonly username: string
  readonly password: string
  /** Where it registers, `host:port`; its domain is `realm`. */
  readonly server: string
  readonly realm: string
}

export interface BaresipOptions {
  /** What its microphone hears, 8 kHz. */
  readonly speaks: Int16Array
  readonly transport?: 'udp' | 'tcp' | 'tls'
  /** Whom it believes by TLS: a file of authorities. */
  readonly authorities?: string
  readonly codec?: 'PCMU' | 'PCMA'
  readonly account?: BaresipAccount
  /** Encryption: offered beside, or nothing without. */
  readonly mediaenc?: 'srtp' | 'srtp-mand'
  /** It is busy when it has so many. */
  readonly mostCalls?: number
}

function accountLine(
  uri: string,
  codec: string,
  transport: string,
  account: BaresipAccount | undefined,
  mediaenc: string | undefined,
): string {
  const sound = `audio_codecs=${codec};dtmfmode=rtpevent${mediaenc === undefined ? '' : `;mediaenc=${mediaenc}`}`
  if (account === undefined) return `<${uri}>;regint=0;${sound}\n`
  const { username, password, server, realm } = account
  const outbound = `outbound="sip:${server};transport=${transport}"`
  return `<sip:${username}@${realm};transport=${transport}>;auth_pass=${password};${outbound};regint=60;${sound}\n`
}

interface ConfigOptions {
  readonly folder: string
  readonly sipPort: number
  readonly controlPort: number
  readonly authorities: string | undefined
  readonly mostCalls: number
}

const config = ({ folder, sipPort, controlPort, authorities, mostCalls }: ConfigOptions): string => `
sip_listen 127.0.0.1:${sipPort}
net_interface 127.0.0.1
call_max_calls ${mostCalls}
audio_source aufile,${folder}/speaks.wav
audio_player aufile,${folder}/played.wav
audio_alert aufile,${folder}/alert.wav
audio_buffer 20-160
snd_path ${folder}
rtp_ports 40000-49999
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
${authorities === undefined ? '' : `sip_cafile ${authorities}`}
`

async function connectTo(port: number): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if (attempt >= 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** A port that is free for UDP and TCP right now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
