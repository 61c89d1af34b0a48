import { parseXml, XmlElement, XmlText, type XmlNode } from '@rgrove/parse-xml'
import { sayAs } from './say-as.ts'

/** A stretch of text to be said in one manner. */
export interface SpokenText {
  readonly kind: 'text'
  readonly text: string
  /** 1 = as the voice speaks by itself, 2 = twice as fast. */
  readonly rate: number
  /** A factor of the voice's own. */
  readonly pitch: number
  readonly gainDb: number
  /** When it is another than that of the whole. */
  readonly language?: string
}

export type Segment = SpokenText | { readonly kind: 'silence'; readonly ms: number }

interface Manner {
  readonly rate: number
  readonly pitch: number
  readonly gainDb: number
  readonly language: string | undefined
}

const plain: Manner = { rate: 1, pitch: 1, gainDb: 0, language: undefined }
const mostSegments = 200
const mostDepth = 50
const longestBreakMs = 10_000
const paragraphMs = 600
const sentenceMs = 300

/** Text without any markup, as segments. */
export function segmentsOfText(text: string): readonly Segment[] {
  const tidy = text.replace(/\s+/g, ' ').trim()
  return tidy === '' ? [] : [spokenText(tidy, plain)]
}

/**
 * A fragment of SSML as the stretches of text and silence that any voice can make: what a voice cannot do, it leaves out
 * without losing the words. Undefined when the fragment is not well-formed or too large to be meant.
 *
 * @param language decides how numbers and dates are said
 * @source W3C SSML 1.1; Twilio `<Say>` and its SSML children
 */
export function segmentsOfSsml(ssml: string, language: string): readonly Segment[] | undefined {
  try {
    const root = parseXml(`<speak xmlns:amazon="a" xmlns:mstts="m">${ssml}</speak>`).root
    if (root === null) return undefined
    const walk = new Walk(language)
    walk.children(root, plain, 0)
    return walk.finish()
  } catch {
    return undefined
  }
}

class Walk {
  readonly #language: string
  readonly #segments: Segment[] = []
  #text = ''
  #manner: Manner = plain
  /** The pause that stands for the end of a sentence or paragraph, when it is the last segment. */
  #implied: Segment | undefined

  constructor(language: string) {
    this.#language = language
  }

  finish(): readonly Segment[] {
    this.#flush()
    while (this.#segments.at(-1)?.kind === 'silence' && this.#segments.at(-1) === this.#implied) this.#segments.pop()
    return this.#segments
  }

  children(element: XmlElement, manner: Manner, depth: number): void {
    if (depth > mostDepth) throw new Error('elements nested too deeply')
    for (const child of element.children) this.#node(child, manner, depth + 1)
  }

  #node(node: XmlNode, manner: Manner, depth: number): void {
    if (node instanceof XmlText) this.#say(node.text, manner)
    if (!(node instanceof XmlElement)) return
    const { attributes, text } = node
    switch (node.name.replace(/^(amazon|mstts):/, '')) {
      case 'break':
        this.#pause(breakMs(attributes))
        break
      case 'prosody':
        this.children(node, withProsody(manner, attributes), depth)
        break
      case 'emphasis':
        this.children(node, withEmphasis(manner, attributes['level']), depth)
        break
      case 'lang':
      case 'voice':
        this.children(node, { ...manner, language: attributes['xml:lang'] ?? manner.language }, depth)
        break
      case 'say-as':
        this.#say(` ${sayAs(text, attributes, manner.language ?? this.#language)} `, manner)
        break
      case 'sub':
        this.#say(attributes['alias'] ?? text, manner)
        break
      case 'p':
      case 's':
        this.#block(node, manner, depth)
        break
      case 'desc':
      case 'metadata':
        break
      default:
        // effect, phoneme, w, audio's own text, and whatever comes later: the words inside.
        this.children(node, manner, depth)
    }
  }

  /** A sentence or paragraph is followed by a pause, but for the last. */
  #block(node: XmlElement, manner: Manner, depth: number): void {
    this.children(node, manner, depth)
    this.#pause(node.name === 'p' ? paragraphMs : sentenceMs)
    this.#implied = this.#segments.at(-1)
  }

  #say(text: string, manner: Manner): void {
    if (!sameManner(manner, this.#manner)) this.#flush()
    this.#manner = manner
    this.#text += text
  }

  #pause(ms: number): void {
    this.#flush()
    const last = this.#segments.at(-1)
    // Pauses that the structure asks for do not add up; the longest counts.
    if (last !== undefined && last === this.#implied) {
      this.#segments.pop()
      this.#add({ kind: 'silence', ms: Math.max(ms, last.kind === 'silence' ? last.ms : 0) })
    } else if (ms > 0) this.#add({ kind: 'silence', ms })
  }

  #flush(): void {
    const text = this.#text.replace(/\s+/g, ' ').trim()
    this.#text = ''
    if (text !== '') this.#add(spokenText(text, this.#manner))
  }

  #add(segment: Segment): void {
    if (this.#segments.length >= mostSegments) throw new Error('too many segments')
    this.#segments.push(segment)
  }
}

function spokenText(text: string, { language, ...manner }: Manner): SpokenText {
  return { kind: 'text', text, ...manner, ...(language === undefined ? {} : { language: language.toLowerCase() }) }
}

const sameManner = (a: Manner, b: Manner): boolean =>
  a.rate === b.rate && a.pitch === b.pitch && a.gainDb === b.gainDb && a.language === b.language

const strengthsMs: Readonly<Record<string, number>> = {
  none: 0,
  'x-weak': 100,
  weak: 200,
  medium: 400,
  strong: 700,
  'x-strong': 1_000,
}

function breakMs({ strength, time }: Readonly<Record<string, string>>): number {
  const [, number, unit] = /^\s*\+?(\d+(?:\.\d+)?|\.\d+)(ms|s)\s*$/.exec(time ?? '') ?? []
  const ms = number === undefined ? strengthsMs[strength ?? 'medium'] : Number(number) * (unit === 's' ? 1_000 : 1)
  return Math.min(longestBreakMs, ms ?? strengthsMs['medium'] ?? 0)
}

const rates: Readonly<Record<string, number>> = {
  'x-slow': 0.5,
  slow: 0.75,
  medium: 1,
  default: 1,
  fast: 1.25,
  'x-fast': 1.6,
}
const pitches: Readonly<Record<string, number>> = {
  'x-low': 0.7,
  low: 0.85,
  medium: 1,
  default: 1,
  high: 1.15,
  'x-high': 1.35,
}
const volumes: Readonly<Record<string, number>> = {
  silent: -90,
  'x-soft': -12,
  soft: -6,
  medium: 0,
  default: 0,
  loud: 4,
  'x-loud': 8,
}

function withProsody(manner: Manner, { rate, pitch, volume }: Readonly<Record<string, string>>): Manner {
  return {
    ...manner,
    rate: clamp(manner.rate * factor(rate, rates), 0.25, 4),
    pitch: clamp(manner.pitch * factor(pitch, pitches), 0.5, 2),
    gainDb: clamp(manner.gainDb + (volumes[volume ?? ''] ?? decibels(volume)), -90, 12),
  }
}

/** Emphasis is mostly time, and a little loudness. */
function withEmphasis(manner: Manner, level = 'moderate'): Manner {
  if (level === 'none') return manner
  if (level === 'reduced') return { ...manner, rate: manner.rate * 1.1, gainDb: manner.gainDb - 2 }
  return { ...manner, rate: manner.rate * (level === 'strong' ? 0.8 : 0.9), gainDb: manner.gainDb + 2 }
}

/** `slow`, `80%`, `+20%`, `-10%`, `1.2`; anything else changes nothing. */
function factor(value: string | undefined, names: Readonly<Record<string, number>>): number {
  if (value === undefined) return 1
  const [, sign, number, percent] = /^\s*([+-]?)(\d+(?:\.\d+)?)(%?)\s*$/.exec(value) ?? []
  if (number === undefined) return names[value.trim()] ?? 1
  const amount = percent === '%' ? Number(number) / 100 : Number(number)
  return sign === '+' ? 1 + amount : sign === '-' ? Math.max(0.1, 1 - amount) : amount > 0 ? amount : 1
}

function decibels(value = ''): number {
  const number = /^\s*([+-]?\d+(?:\.\d+)?)dB\s*$/i.exec(value)?.[1]
  return number === undefined ? 0 : Number(number)
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))
