import { asFailure, Failure, type Log } from './base/index.ts'
import { variableOf, type SettingName } from './config/index.ts'

/** What has been opened, to be closed in the opposite order. */
export class Opened {
  readonly #log: Log
  readonly #closers: { readonly name: string; readonly close: () => Promise<void> }[] = []

  constructor(log: Log) {
    this.#log = log
  }

  /** @returns `thing`, which is closed by its `close` when all is */
  add<T extends { close(): Promise<void> }>(name: string, thing: T): T {
    this.#closers.push({ name, close: () => thing.close() })
    return thing
  }

  /** Closes everything that is still open, also when something cannot be closed. */
  async close(): Promise<void> {
    for (let last = this.#closers.pop(); last !== undefined; last = this.#closers.pop()) {
      try {
        await last.close()
      } catch (error) {
        this.#log.error('server.close-failed', { what: last.name, error: asFailure(error) })
      }
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program: stop that, or set another port (0 takes a free one)',
  EACCES: 'is not for this user: set a port above 1023',
  EADDRNOTAVAIL: 'is no address of this machine',
}

/** Where a door is to be: the setting of its port, and that. */
export type Door = readonly [setting: SettingName, port: number | undefined]

/**
 * Opens one or several doors at the same host, of which the first is told of when nobody knows which of them it was.
 *
 * @throws CONFIG_INVALID when there is no room for one, naming the setting
 */
export async function openDoor<T>(host: string, doors: readonly [Door, ...Door[]], open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const { code = '', port: taken } =
      error instanceof Error ? (error as NodeJS.ErrnoException & { port?: number }) : {}
    const problem = reasons[code]
    if (problem === undefined) throw error
    const [setting, port] = doors.find((door) => door[1] === taken) ?? doors[0]
    const at = variableOf(setting)
    throw new Failure('CONFIG_INVALID', { at, problem: `${host}:${port} ${problem}` }, { cause: error })
  }
}
