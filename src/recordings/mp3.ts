import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { within, type Clock } from '../base/index.ts'

/** Makes an MP3 of a WAV file. */
export interface Mp3Encoder {
  readonly name: string
  /** Rejects when the program fails or takes longer than two minutes. */
  encode(wav: string, mp3: string, signal: AbortSignal): Promise<void>
}

const encoders = [
  { name: 'lame', args: (wav: string, mp3: string) => ['--quiet', '-V', '5', wav, mp3] },
  {
    name: 'ffmpeg',
    args: (wav: string, mp3: string) => [
      '-nostdin',
      '-loglevel',
      'error',
      '-y',
      '-i',
      wav,
      '-q:a',
      '5',
      '-f',
      'mp3',
      mp3,
    ],
  },
] as const

const longestMs = 120_000

/** The first of lame and ffmpeg that is on `path`, or undefined. */
export async function findMp3Encoder(clock: Clock, path: string): Promise<Mp3Encoder | undefined> {
  for (const { name, args } of encoders) {
    const program = await onPath(name, path)
    if (program === undefined) continue
    return {
      name,
      encode: (wav, mp3, signal) =>
        within(
          { clock, ms: longestMs, signal },
          () => new Error(`${name} took longer than ${longestMs} ms`),
          (stop) => run(program, args(wav, mp3), stop),
        ),
    }
  }
  return undefined
}

async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue
    const program = join(folder, name)
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return program
  }
  return undefined
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: 'ignore', signal, killSignal: 'SIGKILL' })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code ?? 'a signal'}`)),
    )
  })
}
