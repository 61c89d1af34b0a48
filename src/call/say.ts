import { cardinal, dateWords, digitsOf, numberWords, ordinal, timeWords } from './english.ts'

/** What a text is, so that it is said as people say it. */
export const sayTypes = [
  'number',
  'items',
  'persons',
  'messages',
  'currency',
  'time_measurement',
  'current_date',
  'current_time',
  'current_date_time',
  'telephone_number',
  'telephone_extension',
  'url',
  'ip_address',
  'e-mail_address',
  'postal_address',
  'account_number',
  'name_spelled',
  'name_phonetic',
  'short_date_time',
] as const

export type SayType = (typeof sayTypes)[number]

/** `pronounced` as a whole, `iterated` one character at a time, `counted` as in first, second, third. */
export type SayMethod = 'none' | 'pronounced' | 'iterated' | 'counted'

export interface Saying {
  readonly text: string
  readonly type: SayType
  readonly method: SayMethod
  /** BCP 47, any case. Words are written out in English; elsewhere the voice reads figures in its own tongue. */
  readonly language: string
  /** What "current" means when the text names no time (Unix milliseconds). */
  readonly nowMs: number
  /** IANA name, `UTC` when absent. */
  readonly timezone?: string
}

/**
 * A text as words for a voice.
 *
 * @source FreeSWITCH `say` interface (mod_say_en.c); KAZOO audio_macro `say`
 */
export function sayText(saying: Saying): string {
  const { text, type, method } = saying
  switch (type) {
    case 'number':
    case 'items':
    case 'persons':
    case 'messages':
      return number(text, method, isEnglish(saying.language))
    case 'currency':
      return isEnglish(saying.language) ? currency(text) : text
    case 'time_measurement':
      return isEnglish(saying.language) ? timeMeasurement(text) : text
    case 'current_date':
    case 'current_time':
    case 'current_date_time':
    case 'short_date_time':
      return moment(saying)
    case 'telephone_number':
      return telephone(text)
    case 'telephone_extension':
    case 'account_number':
      return spelled(text)
    case 'ip_address':
      return text
        .split(/[.:]/)
        .map(method === 'iterated' ? spelled : same)
        .join(isEnglish(saying.language) ? ' dot ' : '. ')
    case 'url':
    case 'e-mail_address':
      return isEnglish(saying.language) ? address(text) : text
    case 'postal_address':
      return text
    case 'name_spelled':
      return spelled(text)
    case 'name_phonetic':
      return isEnglish(saying.language) ? phonetic(text) : spelled(text)
  }
}

const isEnglish = (language: string): boolean => /^en\b/i.test(language)
const same = (text: string): string => text

function number(text: string, method: SayMethod, english: boolean): string {
  if (method === 'iterated') return spelled(text)
  if (!english) return text
  return method === 'counted' ? ordinal(text) : numberWords(text)
}

/** Letters and digits one by one; commas make a voice pause between them. */
function spelled(text: string): string {
  return Array.from(text.toUpperCase())
    .filter((letter) => /[\p{L}\p{N}*#]/u.test(letter))
    .map(keyName)
    .join(', ')
}

const keyName = (letter: string): string => (letter === '*' ? 'star' : letter === '#' ? 'pound' : letter)

/** Digits in groups as they are written, else by three with four at the end. */
function telephone(text: string): string {
  const written = text
    .replace(/^\s*\+/, '')
    .split(/[^\d*#A-Za-z]+/)
    .filter((group) => group !== '')
  const groups = written.length > 1 ? written : grouped(written[0] ?? '')
  const said = groups.map((group) => Array.from(group.toUpperCase()).map(keyName).join(' ')).join(', ')
  return /^\s*\+/.test(text) ? `plus ${said}` : said
}

function grouped(digits: string): readonly string[] {
  if (digits.length <= 4) return [digits]
  const head = digits.slice(0, -4)
  const first = head.slice(0, head.length % 3)
  return [...(first === '' ? [] : [first]), ...(head.slice(first.length).match(/.{3}/g) ?? []), digits.slice(-4)]
}

const currencyNames: Readonly<Record<string, readonly [string, string]>> = {
  $: ['dollar', 'cent'],
  '€': ['euro', 'cent'],
  '£': ['pound', 'penny'],
}

function currency(text: string): string {
  const [, minus, sign = '$', whole, part] = /^\s*(-?)\s*([$€£]?)\s*([\d,]*)(?:\.(\d{1,2})\d*)?\s*$/.exec(text) ?? []
  if (whole === undefined || (whole === '' && part === undefined)) return text
  const [unit, small] = currencyNames[sign === '' ? '$' : sign] ?? ['dollar', 'cent']
  const [units, smalls] = [Number(digitsOf(whole)), Number((part ?? '').padEnd(2, '0'))]
  const said = [
    ...(units > 0 || smalls === 0 ? [counted(units, unit)] : []),
    ...(smalls > 0 ? [counted(smalls, small)] : []),
  ].join(' and ')
  return minus === '-' ? `minus ${said}` : said
}

function counted(count: number, name: string): string {
  const plural = name === 'penny' ? 'pence' : `${name}s`
  return `${cardinal(count)} ${count === 1 ? name : plural}`
}

/** `h:m:s`, `m:s` or seconds. */
function timeMeasurement(text: string): string {
  const parts = text.split(':').map(Number)
  if (parts.length > 3 || parts.some((part) => !Number.isInteger(part) || part < 0)) return text
  const seconds = parts.reduce((sum, part) => sum * 60 + part, 0)
  const lengths: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 3_600), 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ]
  const said = lengths.filter(([count]) => count > 0).map(([count, name]) => counted(count, name))
  return said.length === 0 ? 'zero seconds' : said.join(', ')
}

/** The text is Unix seconds or a date as ISO 8601 writes it; anything else is now. */
function moment({ text, type, language, nowMs, timezone = 'UTC' }: Saying): string {
  const seconds = /^\s*\d{1,11}\s*$/.test(text) ? Number(text) : 0
  const parsed = seconds > 0 ? seconds * 1_000 : Date.parse(text)
  const at = new Date(Number.isNaN(parsed) || /^\s*0*\s*$/.test(text) ? nowMs : parsed)
  const withDate = type !== 'current_time'
  const withTime = type !== 'current_date'
  const zone = zoneOf(timezone)
  if (!isEnglish(language)) {
    const dateStyle = withDate ? { dateStyle: 'long' as const } : {}
    const timeStyle = withTime ? { timeStyle: 'short' as const } : {}
    return new Intl.DateTimeFormat(localeOf(language), { ...dateStyle, ...timeStyle, timeZone: zone }).format(at)
  }
  const { year, month, day, hour, minute } = fieldsOf(at, zone)
  const date = dateWords({ month, day, ...(type === 'short_date_time' ? {} : { year }) })
  const time = timeWords({ hour, minute })
  return [...(withDate ? [date] : []), ...(withTime ? [time] : [])].join(', ')
}

function fieldsOf(at: Date, timeZone: string): Record<'year' | 'month' | 'day' | 'hour' | 'minute', number> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const parts = format.formatToParts(at)
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  return { year: value('year'), month: value('month'), day: value('day'), hour: value('hour'), minute: value('minute') }
}

function zoneOf(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

function localeOf(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? 'en'
  } catch {
    return 'en'
  }
}

const signNames: Readonly<Record<string, string>> = {
  '.': ' dot ',
  '@': ' at ',
  '/': ' slash ',
  ':': ' colon ',
  '-': ' dash ',
  _: ' underscore ',
  '?': ' question mark ',
  '=': ' equals ',
  '&': ' and ',
  '#': ' hash ',
  '+': ' plus ',
}

function address(text: string): string {
  return text
    .replace(/^https?:\/\//i, '')
    .replace(/\bwww\b/gi, 'W W W')
    .replace(/[.@/:_?=&#+-]/g, (sign) => signNames[sign] ?? ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

const alphabet =
  'Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu'.split(
    ' ',
  )

/** The spelling alphabet of the ICAO. */
function phonetic(text: string): string {
  return Array.from(text.toUpperCase())
    .filter((letter) => /[A-Z0-9*#]/.test(letter))
    .map((letter) => alphabet[letter.charCodeAt(0) - 65] ?? keyName(letter))
    .join(', ')
}
