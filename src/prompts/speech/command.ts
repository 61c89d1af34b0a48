import { spawn } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Failure } from '../../base/index.ts'
import type { SpeechProvider, SpeechRequest, SpokenPart } from './provider.ts'
import type { SpokenText } from './ssml.ts'

const mostOutputBytes = 40 * 1_048_576

export interface CommandOptions {
  /** Where programs are looked for: `PATH`. */
  readonly path: string
  /** A folder of Piper's voices (`fr_FR-siwis-medium.onnx`, …). */
  readonly piperVoices?: string
}

/** How one program speaks one text: WAV on its standard output, or in the file that `output` names. */
interface Run {
  readonly program: string
  readonly parameters: readonly string[]
  readonly input: string
  readonly output?: string
}

interface Program {
  speaks(language: string): boolean
  run(text: SpokenText, language: string, gender: 'female' | 'male', folder: string): Run
}

/**
 * Programs of the machine that speak other languages: Piper (with the operator's voices), SVOX Pico, eSpeak NG, in this
 * order, the first that is there and speaks the language. Never through a shell. Undefined when there is none.
 */
export function commandProvider({ path, piperVoices }: CommandOptions): SpeechProvider | undefined {
  const found = (name: string): string | undefined => findProgram(name, path)
  const programs = [
    piper(found('piper'), piperVoices),
    pico(found('pico2wave')),
    espeak(found('espeak-ng') ?? found('espeak')),
  ].filter((program) => program !== undefined)
  if (programs.length === 0) return undefined
  const programFor = (language: string): Program | undefined => programs.find((program) => program.speaks(language))
  return {
    id: 'command',
    speaks: (language) => programFor(language) !== undefined,
    synthesize: (request, signal) => speak(request, programFor, signal),
  }
}

async function speak(
  { segments, voice, language }: SpeechRequest,
  programFor: (language: string) => Program | undefined,
  signal: AbortSignal,
): Promise<readonly SpokenPart[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-speech-'))
  try {
    const parts: SpokenPart[] = []
    for (const segment of segments) {
      if (segment.kind === 'silence') {
        parts.push(segment)
        continue
      }
      const own = segment.language ?? language
      const spoken = programFor(own) === undefined ? language : own
      const program = programFor(spoken)
      if (program === undefined) throw failed(`no program speaks ${spoken}`)
      const bytes = await wavOf(program.run(segment, spoken, voice.gender, folder), signal)
      parts.push({ kind: 'file', bytes, format: { kind: 'wav' } })
    }
    return parts
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function wavOf(run: Run, signal: AbortSignal): Promise<Uint8Array> {
  const output = await outputOf(run, signal)
  return run.output === undefined ? output : readFile(run.output)
}

/** Runs a program to its end and gives what it wrote. Killed when `signal` aborts or when it writes too much. */
function outputOf({ program, parameters, input }: Run, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      stdio: 'pipe',
      signal,
      killSignal: 'SIGKILL',
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8' },
    })
    const chunks: Buffer[] = []
    let bytes = 0
    let complaint = ''
    child.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : failed(error.message, error)))
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= mostOutputBytes) chunks.push(chunk)
      else child.kill('SIGKILL')
    })
    child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-300)))
    child.on('close', (code) => {
      if (bytes > mostOutputBytes) reject(failed(`more than ${mostOutputBytes} bytes of sound`))
      else if (code !== 0) reject(failed(`exit code ${code}: ${complaint.trim()}`))
      else resolve(Buffer.concat(chunks))
    })
    // A program that has ended before it has read everything says so by its exit code.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

function failed(problem: string, cause?: unknown): Failure<'SPEECH_FAILED'> {
  return new Failure('SPEECH_FAILED', { provider: 'command', problem }, { cause })
}

function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const espeakLanguages = new Set(
  (
    'af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gd gl gu he hi hr hu hy id is it ja ka kk kn ' +
    'ko ky la lb lt lv mk ml mr ms mt my nb ne nl or pa pl pt ro ru sd si sk sl sq sr sv sw ta te th tr tt uk ur uz vi zh'
  ).split(' '),
)
/** Variants that eSpeak has by another name. */
const espeakNames: Readonly<Record<string, string>> = {
  'zh-cn': 'cmn',
  'zh-tw': 'cmn',
  'zh-hk': 'yue',
  zh: 'cmn',
  'es-mx': 'es-419',
  'es-us': 'es-419',
  'pt-br': 'pt-br',
  'en-us': 'en-us',
  'en-gb': 'en-gb',
  'fr-be': 'fr-be',
  'fr-ch': 'fr-ch',
}
const espeakWordsPerMinute = 165

function espeak(program: string | undefined): Program | undefined {
  if (program === undefined) return undefined
  return {
    speaks: (language) => espeakLanguages.has(primaryOf(language)),
    run: ({ text, rate, pitch }, language, gender) => {
      const voice = `${espeakNames[language] ?? primaryOf(language)}+${gender === 'female' ? 'f3' : 'm3'}`
      const speed = Math.round(espeakWordsPerMinute * rate)
      const height = Math.max(0, Math.min(99, Math.round(50 * pitch)))
      const manner = ['-v', voice, '-s', `${speed}`, '-p', `${height}`, '-b', '1']
      return { program, parameters: [...manner, '--stdin', '--stdout'], input: text }
    },
  }
}

const picoLanguages: Readonly<Record<string, string>> = {
  en: 'en-US',
  'en-gb': 'en-GB',
  de: 'de-DE',
  es: 'es-ES',
  fr: 'fr-FR',
  it: 'it-IT',
}

function pico(program: string | undefined): Program | undefined {
  if (program === undefined) return undefined
  return {
    speaks: (language) => picoLanguages[primaryOf(language)] !== undefined,
    run: ({ text, rate }, language, _gender, folder) => {
      const name = picoLanguages[language] ?? picoLanguages[primaryOf(language)] ?? 'en-US'
      const output = join(folder, 'speech.wav')
      // It takes its text as a parameter and reads tags in it: none of the text's own may be left, nor a dash in front.
      const words = `<speed level="${Math.round(100 * rate)}"> ${text.replace(/[<>&]/g, ' ')}</speed>`
      return { program, parameters: ['-l', name, '-w', output, words], input: '', output }
    },
  }
}

/** Its voices are files named by language and country: `de_DE-thorsten-medium.onnx`. */
function piper(program: string | undefined, folder: string | undefined): Program | undefined {
  if (program === undefined || folder === undefined) return undefined
  const voices = voicesIn(folder)
  const voiceFor = (language: string): string | undefined =>
    voices.find((voice) => voice.toLowerCase().replace('_', '-').startsWith(`${language}-`)) ??
    voices.find((voice) => voice.toLowerCase().startsWith(`${primaryOf(language)}_`))
  return {
    speaks: (language) => voiceFor(language) !== undefined,
    run: ({ text, rate }, language) => {
      const model = join(folder, voiceFor(language) ?? '')
      const manner = ['--length_scale', (1 / rate).toFixed(2)]
      return { program, parameters: ['--model', model, ...manner, '--output_file', '-'], input: `${text}\n` }
    },
  }
}

function voicesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.onnx'))
      .sort()
  } catch {
    return []
  }
}

const primaryOf = (language: string): string => {
  const [primary = ''] = language.split(/[-_]/)
  return primary === 'no' ? 'nb' : primary
}
