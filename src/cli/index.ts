import { readFile } from 'node:fs/promises'
import { isFailure } from '../base/index.ts'
import { callCommand } from './call.ts'
import { doctorCommand } from './doctor.ts'
import { processIo, type Command, type Io } from './io.ts'
import { lintCommand } from './lint.ts'
import { knownActions } from './known-actions.ts'
import { migrateCommand } from './migrate.ts'
import { replayCommand } from './replay.ts'
import { startCommand } from './start.ts'

export type { Command, Io } from './io.ts'

/** The commands of the program, in the order of its help. */
export const commands: readonly Command[] = [
  startCommand,
  callCommand,
  lintCommand(knownActions),
  replayCommand,
  migrateCommand,
  doctorCommand,
]

/** Runs the program and leaves its exit code behind: 0 good, 1 the answer is no, 2 it could not be done. */
export async function runCli(args: readonly string[], io: Io = processIo): Promise<void> {
  process.exitCode = await exitCodeOf(args, io)
}

async function exitCodeOf([name = 'help', ...args]: readonly string[], io: Io): Promise<number> {
  if (name === '--version' || name === 'version') {
    io.out(await version())
    return 0
  }
  const command = commands.find((one) => one.name === name)
  if (command === undefined) {
    const isAsked = ['help', '--help', '-h'].includes(name)
    const write = isAsked ? io.out : io.err
    if (!isAsked) io.err(`pivot: there is no command ${JSON.stringify(name)}\n`)
    write(overview())
    return isAsked ? 0 : 2
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.out(`pivot ${command.usage}\n\n${command.summary}\n\n${command.help}`)
    return 0
  }
  try {
    return await command.run(args, io)
  } catch (error) {
    io.err(`pivot ${name}: ${reasonOf(error)}`)
    return 2
  }
}

function overview(): string {
  const widest = Math.max(...commands.map(({ usage }) => usage.length))
  const rows = commands.map(({ usage, summary }) => `  pivot ${usage.padEnd(widest)}  ${summary}`)
  return `Pivot, a programmable voice server.\n\n${rows.join('\n')}\n\npivot COMMAND --help says more.`
}

/** What went wrong, for a person at a terminal. Errors without a name are ours: those come with their stack. */
function reasonOf(error: unknown): string {
  if (isFailure(error, 'CONFIG_INVALID')) return `${error.details.at} ${error.details.problem}`
  if (isFailure(error)) return `${error.code}: ${error.message}`
  if (!(error instanceof Error)) return String(error)
  const isUsage = 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_PARSE_ARGS')
  return isUsage ? error.message : (error.stack ?? error.message)
}

async function version(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
