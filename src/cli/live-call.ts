import { resolve } from 'node:path'
import { isFailure, silentLog, systemClock, VirtualClock } from '../base/index.ts'
import type { CallEvent } from '../call/index.ts'
import { readConfig } from '../config/index.ts'
import { openDemo } from '../demo.ts'
import { accountOf, demoAccount, loadDocuments, MemoryDocuments, type LoadedDocuments } from '../documents/index.ts'
import { newSimulator, type FarEnd } from '../drivers/simulator/index.ts'
import { sceneHouse, type House } from '../house.ts'
import { openHttp, readEgress, shownUrl, type Http, type HttpAnswer, type HttpQuestion } from '../http/index.ts'
import { normalizeNumber } from '../number/index.ts'
import { keepNothing, lineOf, storyteller, type FactKind } from '../transcript/index.ts'
import type { Io } from './io.ts'

export interface NumberCall {
  readonly to: string
  readonly from: string
  /** The folder of documents; undefined: the demo. */
  readonly documents: string | undefined
  /** What the caller presses, in parts with commas between them. */
  readonly press: string
  /** Tell events as JSON instead of a transcript. */
  readonly json: boolean
}

/** Longer calls are hung up by the caller. */
const longestMs = 4 * 3_600_000
const mostSteps = 100_000

/** Makes one simulated call that asks real web servers. @returns 0, or 1 when nobody answers the number */
export async function callNumber(call: NumberCall, io: Io): Promise<number> {
  const { config } = readConfig(io.env, io.folder)
  const http = openHttp({
    clock: systemClock,
    egress: readEgress(call.documents === undefined ? `${config.egress},127.0.0.0/8` : config.egress),
    trusted: config.tlsCa === undefined ? [] : [config.tlsCa],
  })
  const source = await documentsOf(call, io)
  try {
    return await new LiveCall(call, source.loaded, http, io).run()
  } finally {
    await source.close()
    await http.close()
  }
}

interface Source {
  readonly loaded: Omit<LoadedDocuments, 'folder'>
  close(): Promise<void>
}

async function documentsOf({ documents: folder }: NumberCall, io: Io): Promise<Source> {
  if (folder !== undefined) {
    return { loaded: await loadDocuments(resolve(io.folder, folder)), close: () => Promise.resolve() }
  }
  const demo = await openDemo()
  const documents = new MemoryDocuments()
  for (const { collection, document } of demo.documents) documents.put(demoAccount.id, collection, document)
  return { loaded: { account: demoAccount, documents }, close: () => demo.close() }
}

/** A call in virtual time, which stands still while a real web server is asked. */
class LiveCall {
  readonly #call: NumberCall
  readonly #loaded: Source['loaded']
  readonly #io: Io
  readonly #http: Http
  readonly #clock = new VirtualClock(systemClock.now())
  readonly #parts: string[]
  /** Questions that pivot is about to ask: the others are nobody's business here. */
  readonly #announced = new Set<string>()

  constructor(call: NumberCall, loaded: Source['loaded'], http: Http, io: Io) {
    this.#call = call
    this.#loaded = loaded
    this.#http = http
    this.#io = io
    this.#parts = call.press.split(',').filter((part) => part !== '')
  }

  async run(): Promise<number> {
    const { account, documents } = this.#loaded
    const { to, from } = this.#call
    const { realm } = accountOf(account)
    const tell = storyteller(
      () => this.#clock.now(),
      ({ kind, who, what }) => (inner.has(kind) ? undefined : this.#say(who, what)),
    )
    const simulator = newSimulator({ clock: this.#clock })
    const house = sceneHouse({
      clock: this.#clock,
      log: silentLog,
      http: (question) => this.#ask(question),
      account,
      documents,
      recordings: keepNothing(this.#clock, (fact) => this.#say(fact.who, fact.what)),
      calling: simulator,
      observers: [(event) => this.#observe(event), tell],
    })
    await simulator.listen((leg) => house.onCall(leg), new AbortController().signal)
    if (!this.#call.json) this.#io.out(`# What happens when ${from} dials ${to}.`)
    const flow = await this.#flowOf(house)
    if (flow !== undefined) this.#say('flow', `${to} ${JSON.stringify(flow)}`)
    this.#say('caller', `dials ${to} from ${from}`)
    const { leg, farEnd } = simulator.call({ from: { user: from, realm }, to: { user: to, realm } })
    await this.#attend(farEnd, leg.ended)
    return flow === undefined ? 1 : 0
  }

  /** The callflow that answers the number, as it is stored. */
  async #flowOf({ callflows, directory }: House): Promise<unknown> {
    const { id, country } = directory.account
    const { to } = this.#call
    const found = (await callflows.find(id, normalizeNumber(to, country))) ?? (await callflows.find(id, to))
    const document = found && (await this.#loaded.documents.get(id, 'callflows', found.id))
    return document?.['flow']
  }

  /** Presses what there is to press whenever it is the caller's turn, and hangs up when nothing more happens. */
  async #attend(farEnd: FarEnd, ended: AbortSignal): Promise<void> {
    const until = this.#clock.now() + longestMs
    for (let steps = 0; steps < mostSteps; steps++) {
      await this.#clock.settle()
      const { nextAt } = this.#clock
      if (ended.aborted && nextAt === undefined) return
      const isIdle = nextAt === undefined || nextAt > until
      if (!ended.aborted && (farEnd.isAsked || isIdle)) await this.#turn(farEnd, isIdle)
      else await this.#clock.step()
    }
  }

  async #turn(farEnd: FarEnd, isIdle: boolean): Promise<void> {
    const part = this.#parts.shift()
    if (part !== undefined) {
      this.#say('caller', `presses ${part}`)
      farEnd.press(part)
    } else if (isIdle) {
      this.#say('caller', 'hangs up')
      farEnd.hangUp()
    } else {
      await this.#clock.step()
    }
  }

  #observe(event: CallEvent): void {
    if (this.#call.json) this.#io.out(JSON.stringify(event))
    if (event.type === 'pivot.asked') this.#announced.add(event.url)
  }

  async #ask(question: HttpQuestion): Promise<HttpAnswer> {
    const url = shownUrl(question.url)
    const isPivots = this.#announced.delete(url)
    if (isPivots) this.#say('webhook', `is asked ${question.method} ${url}`)
    try {
      const answer = await this.#clock.hold(this.#http(question), { pass: true })
      if (isPivots) this.#say('webhook', saidBy(answer))
      return answer
    } catch (error) {
      const said = isFailure(error) ? unable[error.code] : undefined
      if (isPivots && said !== undefined) this.#say('webhook', said)
      throw error
    }
  }

  #say(who: string, what: string): void {
    if (!this.#call.json) this.#io.out(lineOf({ who, what }))
  }
}

/** What happens inside the house is not told: the events have it. */
const inner: ReadonlySet<FactKind> = new Set(['node', 'verb', 'variables'])

/** How a transcript says that a web server could not answer. */
const unable: Readonly<Record<string, string>> = {
  HTTP_TIMEOUT: 'is silent',
  HTTP_CONNECT: 'refuses',
  HTTP_RESET: 'resets',
  HTTP_DNS: 'cannot be resolved',
}

/** An answer as a transcript says it, on one line. */
function saidBy({ status, headers, body }: HttpAnswer): string {
  const text = Buffer.from(body).toString('utf8').trim()
  const contentType = headers['content-type']?.replace(/\s*;.*$/s, '') ?? ''
  const isMarkup = /^[{[<]/.test(text)
  const shown = isMarkup ? text.replaceAll(/\s*\n\s*/g, ' ') : text === '' ? '' : JSON.stringify(text)
  return ['says', String(status), contentType, shown].filter((part) => part !== '').join(' ')
}
