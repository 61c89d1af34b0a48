import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { commandProvider } from './command.ts'
import type { SpeechProvider, SpeechRequest } from './provider.ts'
import { segmentsOfSsml } from './ssml.ts'
import { readVoice } from './voices.ts'

const folder = mkdtempSync(join(tmpdir(), 'pivot-command-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A PATH with programs that are written for the test. */
function machine(programs: Record<string, string>): string {
  const path = mkdtempSync(join(folder, 'bin-'))
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  return path
}

const request = (ssml: string, language: string): SpeechRequest => ({
  text: '',
  ssml,
  segments: segmentsOfSsml(ssml, language) ?? [],
  voice: readVoice('woman'),
  language,
})

async function spoken(provider: SpeechProvider | undefined, ssml: string, language: string): Promise<string[]> {
  const parts = (await provider?.synthesize(request(ssml, language), new AbortController().signal)) ?? []
  return parts.map((part) => (part.kind === 'file' ? new TextDecoder().decode(part.bytes).trim() : part.kind))
}

/** Says what it was given instead of speaking it. */
const echo = 'echo "$@"; cat'

describe('programs of the machine', () => {
  test('none is none', () => expect(commandProvider({ path: machine({}) })).toBeUndefined())

  test('eSpeak NG: voice, rate and pitch as parameters, the text on its standard input', async () => {
    const provider = commandProvider({ path: machine({ 'espeak-ng': echo }) })
    expect(provider?.speaks('fr-fr')).toBe(true)
    expect(provider?.speaks('tlh')).toBe(false)
    expect(await spoken(provider, 'Bonjour<break time="1s"/><prosody rate="200%">vite</prosody>', 'fr-fr')).toEqual([
      '-v fr+f3 -s 165 -p 50 -b 1 --stdin --stdout\nBonjour',
      'silence',
      '-v fr+f3 -s 330 -p 50 -b 1 --stdin --stdout\nvite',
    ])
  })

  test('a text is never a command, a parameter or a tag', async () => {
    const nasty = '--version $(touch /tmp/pwned) `id`; -w /etc/passwd &lt;b&gt;'
    const espeak = commandProvider({ path: machine({ 'espeak-ng': 'cat' }) })
    expect(await spoken(espeak, nasty, 'de')).toEqual(['--version $(touch /tmp/pwned) `id`; -w /etc/passwd <b>'])
    const pico = commandProvider({ path: machine({ pico2wave: 'printf "%s" "$5" > "$4"' }) })
    expect(await spoken(pico, nasty, 'de')).toEqual([
      '<speed level="100"> --version $(touch /tmp/pwned) `id`; -w /etc/passwd  b </speed>',
    ])
  })

  test('Pico speaks six, eSpeak the others; a foreign word is spoken by whoever knows its language', async () => {
    const path = machine({ 'espeak-ng': 'cat > /dev/null; echo espeak', pico2wave: 'echo pico $2 > "$4"' })
    const provider = commandProvider({ path })
    expect(await spoken(provider, 'Ciao <lang xml:lang="pl-PL">cześć</lang>', 'it-it')).toEqual([
      'pico it-IT',
      'espeak',
    ])
  })

  test('Piper comes first, with the voices that the operator has', async () => {
    const piperVoices = join(folder, 'voices')
    mkdirSync(piperVoices)
    for (const name of ['de_DE-thorsten-medium.onnx', 'fr_FR-siwis-low.onnx', 'readme.md'])
      writeFileSync(join(piperVoices, name), '')
    const provider = commandProvider({ path: machine({ piper: echo, 'espeak-ng': 'echo espeak' }), piperVoices })
    expect(await spoken(provider, 'Hallo', 'de-at')).toEqual([
      `--model ${join(piperVoices, 'de_DE-thorsten-medium.onnx')} --length_scale 1.00 --output_file -\nHallo`,
    ])
    expect(await spoken(provider, 'Hola', 'es-es')).toEqual(['espeak'])
  })

  test('one that fails says why; one that does not read its input is no matter', async () => {
    const broken = commandProvider({ path: machine({ 'espeak-ng': 'echo no such voice >&2; exit 3' }) })
    await expect(spoken(broken, 'Hallo', 'de')).rejects.toMatchObject({
      code: 'SPEECH_FAILED',
      details: { problem: 'exit code 3: no such voice' },
    })
  })

  test('one that hangs or never stops is killed, and leaves nothing behind', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('pivot-speech-')).length
    const hangs = commandProvider({ path: machine({ 'espeak-ng': 'exec sleep 1000' }) })
    const caller = new AbortController()
    const waiting = hangs?.synthesize(request('Hallo', 'de'), caller.signal)
    setTimeout(() => caller.abort(new Error('late')), 50)
    await expect(waiting).rejects.toThrow('late')
    const endless = commandProvider({ path: machine({ 'espeak-ng': 'exec cat /dev/zero' }) })
    await expect(spoken(endless, 'Hallo', 'de')).rejects.toMatchObject({ code: 'SPEECH_FAILED' })
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('pivot-speech-')).length).toBe(before)
  })
})
