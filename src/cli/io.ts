/** What a command may touch of the outside. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  /** What relative paths are relative to. */
  readonly folder: string
  /** Writes a line to the standard output. */
  readonly out: (line: string) => void
  /** Writes a line to the standard error. */
  readonly err: (line: string) => void
}

export const processIo: Io = {
  env: process.env,
  folder: process.cwd(),
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
}

/** A command of the program. */
export interface Command {
  readonly name: string
  /** How it is called, without the program's name. */
  readonly usage: string
  readonly summary: string
  /** What `--help` says below the usage. */
  readonly help: string
  /** @returns the exit code @throws Failure, which becomes a message and exit code 2 */
  run(args: readonly string[], io: Io): Promise<number>
}
