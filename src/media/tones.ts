import { Failure } from '../base/index.ts'
import { telephoneHz } from './decoded.ts'
import { toShared } from './decode.ts'
import { sineAmplitude, writeTone, type Fade } from './sine.ts'

/** Sound made by rule. `endless`: repeat it until stopped. */
export interface Generated {
  readonly samples: Int16Array
  readonly endless: boolean
}

const mostFrequencies = 18 // libteletone's TELETONE_MAX_TONES
const mostParts = 1_000
const defaultLevelDb = -7
const lowestLevelDb = -63

interface Settings {
  readonly levelDb: number
  /** Of a key or tone that does not say it. */
  readonly onMs: number
  readonly offMs: number
  /** How often each tone is repeated. */
  readonly repeats: number
  readonly fade: Fade
}

interface Part {
  readonly onMs: number
  readonly offMs: number
  readonly hz: readonly number[]
  readonly settings: Settings
}

/**
 * FreeSWITCH's tone language: `%(on,off,f1[,f2…])` and keys (`1`, `#(60,0)`), separated by `;`; settings in between
 * hold for what follows: `v=` level in dBm0, `d=` and `w=` lengths of tone and pause (ms), `l=` repeats of each tone,
 * `L=` of all, `>=ms` or `<=ms` with `+=dB` a fade. `loops=n` repeats the whole, -1 for ever.
 *
 * @throws MEDIA_DECODE for what the language does not know · MEDIA_TOO_LONG
 * @source FreeSWITCH libteletone_generate.c, mod_tone_stream.c; KAZOO `tone_stream://`
 */
export function generateTones(spec: string, { mostMs }: { readonly mostMs: number }): Generated {
  const { parts, times } = parseTones(spec)
  const once = parts.reduce((ms, part) => ms + (part.onMs + part.offMs) * part.settings.repeats, 0)
  const endless = times < 0
  const totalMs = once * (endless ? 1 : times)
  if (totalMs > mostMs) throw new Failure('MEDIA_TOO_LONG', { source: nameOf(spec), mostMs })
  const pass = toShared(parts.flatMap(renderPart))
  if (endless && pass.length === 0) throw unreadable(spec, 'it lasts no time')
  return { samples: endless ? pass : repeat(pass, times), endless }
}

/** Silence of `ms` milliseconds; below zero, silence that never ends. */
export function generateSilence(ms: number, { mostMs }: { readonly mostMs: number }): Generated {
  if (ms > mostMs) throw new Failure('MEDIA_TOO_LONG', { source: `silence_stream://${ms}`, mostMs })
  const endless = ms < 0
  return { samples: toShared([new Int16Array(samplesIn(endless ? 1_000 : ms))]), endless }
}

const rows = [697, 770, 852, 941]
const columns = [1209, 1336, 1477, 1633]
const keypad = ['123A', '456B', '789C', '*0#D']

/** The two frequencies of a key, or undefined for what is no key (ITU-T Q.23). */
export function dtmfFrequencies(key: string): readonly [number, number] | undefined {
  const row = key.length === 1 ? keypad.findIndex((keys) => keys.includes(key.toUpperCase())) : -1
  const column = keypad[row]?.indexOf(key.toUpperCase()) ?? -1
  const low = rows[row]
  const high = columns[column]
  return low === undefined || high === undefined ? undefined : [low, high]
}

/** A piece of a key's tone into `samples`, from `offset` samples after the key went down. Silence for what is no key. */
export function writeDtmf(samples: Int16Array, key: string, offset: number): void {
  const amplitude = 32_767 * sineAmplitude(defaultLevelDb)
  const steps = (dtmfFrequencies(key) ?? []).map((hz) => (2 * Math.PI * hz) / telephoneHz)
  for (let i = 0; i < samples.length; i++) {
    samples[i] = steps.reduce((sum, step) => sum + amplitude * Math.sin(step * (offset + i)), 0)
  }
}

const defaults: Settings = {
  levelDb: defaultLevelDb,
  onMs: 250,
  offMs: 50,
  repeats: 1,
  fade: { everyMs: 0, byDb: 0, rises: false },
}

function parseTones(spec: string): { parts: readonly Part[]; times: number } {
  const parts: Part[] = []
  let settings = defaults
  let times = 1
  for (const piece of spec.split(';')) {
    const text = piece.trim()
    if (text === '') continue
    const setting = /^(loops|[a-zA-Z<>+])=\s*(-?\d*\.?\d+)$/.exec(text)
    if (setting === null) parts.push(...readTones(spec, text, settings))
    else if (setting[1] === 'loops' || setting[1] === 'L') times = Math.trunc(Number(setting[2]))
    else settings = readSetting(spec, settings, setting[1] ?? '', Number(setting[2]))
    if (parts.length > mostParts) throw unreadable(spec, `more than ${mostParts} tones`)
  }
  if (parts.length === 0) throw unreadable(spec, 'no tone in it')
  // FreeSWITCH plays a tone stream once when asked for no times.
  return { parts, times: times === 0 ? 1 : times }
}

function readSetting(spec: string, settings: Settings, name: string, value: number): Settings {
  switch (name) {
    case 'v':
      // Out of range is the default there, too.
      return { ...settings, levelDb: value > 0 || value < lowestLevelDb ? defaultLevelDb : value }
    case 'd':
      return { ...settings, onMs: Math.max(0, value) }
    case 'w':
      return { ...settings, offMs: Math.max(0, value) }
    case 'l':
      return { ...settings, repeats: Math.max(1, Math.trunc(value)) }
    case '>':
    case '<':
      return { ...settings, fade: { ...settings.fade, everyMs: Math.max(0, value), rises: name === '<' } }
    case '+':
      return { ...settings, fade: { ...settings.fade, byDb: Math.abs(value) } }
    case 'c': // channels and rate: a telephone has one of each
    case 'r':
      return settings
    default:
      throw unreadable(spec, `unknown setting ${JSON.stringify(name)}`)
  }
}

/** One or more tones in a row: `%(…)%(…)`, `123`, `#(60,0)`. */
function readTones(spec: string, text: string, settings: Settings): Part[] {
  const tones = /\s*([%0-9A-Da-d*#])(?:\(([^()]*)\))?/gy
  const parts: Part[] = []
  for (let end = 0; end < text.length; end = tones.lastIndex) {
    const tone = tones.exec(text)
    if (tone === null) throw unreadable(spec, `no tone at ${JSON.stringify(text.slice(end, end + 20))}`)
    parts.push(readTone(spec, tone[1] ?? '', tone[2], settings))
  }
  return parts
}

function readTone(spec: string, name: string, list: string | undefined, settings: Settings): Part {
  const numbers = (list ?? '').split(',').map((number) => (number.trim() === '' ? undefined : Number(number)))
  const [onMs = settings.onMs, offMs = settings.offMs, ...listed] = numbers
  const hz = name === '%' ? listed.filter((value) => value !== undefined) : (dtmfFrequencies(name) ?? [])
  const sane = (value: number): boolean => Number.isFinite(value) && value >= 0
  if (!sane(onMs) || !sane(offMs) || !hz.every(sane)) throw unreadable(spec, `not numbers in (${list ?? ''})`)
  if (hz.length > mostFrequencies) throw unreadable(spec, `more than ${mostFrequencies} frequencies`)
  return { onMs, offMs, hz, settings }
}

function renderPart({ onMs, offMs, hz, settings }: Part): Int16Array[] {
  const samples = new Int16Array(samplesIn(onMs) + samplesIn(offMs))
  const amplitude = sineAmplitude(settings.levelDb)
  writeTone(samples.subarray(0, samplesIn(onMs)), { hz, amplitude, fade: settings.fade })
  return [repeat(samples, settings.repeats)]
}

/** By doubling what is there: a million repeats of next to nothing take no time. */
function repeat(samples: Int16Array, times: number): Int16Array {
  if (times === 1 || samples.length === 0) return samples
  const all = new Int16Array(new SharedArrayBuffer(2 * samples.length * times))
  all.set(samples)
  for (let filled = samples.length; filled < all.length; filled *= 2) all.copyWithin(filled, 0, filled)
  return all
}

const samplesIn = (ms: number): number => Math.round((ms * telephoneHz) / 1_000)

const nameOf = (spec: string): string => `tone_stream://${spec.slice(0, 200)}`

function unreadable(spec: string, problem: string): Failure {
  return new Failure('MEDIA_DECODE', { source: nameOf(spec), problem })
}
