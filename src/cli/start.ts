import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../base/index.ts'
import { describeSettings, readConfig } from '../config/index.ts'
import { startServer, type Server } from '../main.ts'
import { callingHints } from './hints.ts'
import type { Command, Io } from './io.ts'

export const startCommand: Command = {
  name: 'start',
  usage: 'start [--documents DIR]',
  summary: 'Runs the server; without documents, with the demo account: call 2030.',
  help: `DIR holds documents: *.json and *.yaml files, each an object of KAZOO collections (account, callflows, media, …).

Settings are taken from the environment, and from pivot.yaml (or the file that PIVOT_CONFIG names) by the same names in
lower case without PIVOT_. All are optional:

${settingsTable()}

The log goes to the standard output, one JSON object a line; "server.ready" says where calls are taken.
SIGTERM or SIGINT: new calls are refused, the others go on until PIVOT_DRAIN_MS is over. A second signal ends at once.`,
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { documents: { type: 'string' } } })
    const { documents } = values
    const signals = new Signals()
    const server = await startServer({
      ...readConfig(io.env, io.folder),
      documents: documents === undefined ? undefined : resolve(io.folder, documents),
    })
    greet(server, documents === undefined, io)
    await signals.first
    io.err('pivot: no new calls; waiting for those that go on (a second signal ends them)')
    await server.stop()
    signals.close()
    return 0
  },
}

function settingsTable(): string {
  return describeSettings()
    .map(({ variable, default: value, text }) => `  ${variable}${value === '' ? '' : ` (${value})`}\n      ${text}`)
    .join('\n')
}

function greet({ sip, freshApiKey }: Server, isDemo: boolean, { err }: Io): void {
  if (freshApiKey !== undefined) {
    err(`\nThe API key of this server, shown only now (only its hash is kept):\n\n  ${freshApiKey}`)
  }
  if (isDemo) err(callingHints(sip))
}

/** A key press at a terminal reaches this process twice: from the terminal and from npm. */
const samePressMs = 1_000

/** SIGTERM and SIGINT: the first asks for an end, a later one does not ask. */
class Signals {
  readonly first: Promise<void>
  #listener: () => void = () => undefined

  constructor() {
    this.first = new Promise((resolve) => {
      let firstAt: number | undefined
      this.#listener = () => {
        firstAt ??= systemClock.now()
        resolve()
        if (systemClock.now() - firstAt > samePressMs) process.exit(130)
      }
    })
    process.on('SIGTERM', this.#listener).on('SIGINT', this.#listener)
  }

  close(): void {
    process.off('SIGTERM', this.#listener).off('SIGINT', this.#listener)
  }
}
