import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isFailure } from '../base/index.ts'
import { sceneHouse } from '../house.ts'
import { describe, perform, readTranscript } from '../transcript/index.ts'
import type { Command, Io } from './io.ts'
import { callNumber } from './live-call.ts'

const usualCaller = '+15551230001'

export const callCommand: Command = {
  name: 'call',
  usage: 'call FILE.call… [--update] | call --to NUMBER [--documents DIR]',
  summary: 'Performs transcripts of calls, or makes one simulated call.',
  help: `With files: performs each against a house of its own, in virtual time and without a network. The exit code is 0 when
everything happened as written, 1 with the first difference (+ expected, - got). --update rewrites what is expected.

With --to: one simulated call that asks real web servers, told as a transcript.
  --documents DIR   the callflows to call; without it the demo numbers 2030 and 2031
  --from NUMBER     who calls (default ${usualCaller})
  --press 1,2#      what the caller presses, part by part, whenever it is the caller's turn
  --json            one event of the call per line, as JSON`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        from: { type: 'string', default: usualCaller },
        documents: { type: 'string' },
        press: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        update: { type: 'boolean', default: false },
      },
    })
    const { to, from, documents, press, json, update } = values
    if (to !== undefined && positionals.length === 0) return callNumber({ to, from, documents, press, json }, io)
    if (to === undefined && positionals.length > 0) return performFiles(positionals, update, io)
    io.err('pivot call: either files or a number: pivot call FILE.call, or pivot call --to 2030')
    return 2
  },
}

async function performFiles(files: readonly string[], update: boolean, io: Io): Promise<number> {
  let worst = 0
  for (const file of files) worst = Math.max(worst, await performFile(file, update, io))
  return worst
}

async function performFile(file: string, update: boolean, io: Io): Promise<number> {
  const path = resolve(io.folder, file)
  try {
    const text = await readFile(path, 'utf8')
    const { difference, updated, story } = await perform(readTranscript(text), sceneHouse)
    if (update) {
      if (updated !== text) await writeFile(path, updated)
      io.out(`${file}: ${updated === text ? 'is as it was' : 'rewritten'}`)
      return 0
    }
    if (difference === undefined) {
      for (const said of story) io.out(said)
      return 0
    }
    io.out(describe(difference, file))
    return 1
  } catch (error) {
    if (isFailure(error, 'TRANSCRIPT_INVALID')) {
      io.err(`${file}:${error.details.line}: ${error.code} ${error.details.problem}`)
      return 2
    }
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    io.err(`pivot call: there is no file ${file}`)
    return 2
  }
}
