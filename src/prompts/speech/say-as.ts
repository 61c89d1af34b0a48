import { dateWords, numberWords, ordinal, sayText, timeWords, type DateFields, type SayType } from '../../call/index.ts'

/**
 * What `<say-as>` means, as text that any voice reads that way. Twilio's own library writes `role` where SSML has
 * `interpret-as`: both are understood. Unknown kinds are left as they are.
 *
 * @source Twilio `<say-as>`; W3C Note "SSML 1.0 say-as attribute values"
 */
export function sayAs(text: string, attributes: Readonly<Record<string, string>>, language: string): string {
  const kind = attributes['interpret-as'] ?? attributes['role'] ?? ''
  const english = /^en\b/i.test(language)
  const as = (type: SayType): string => sayText({ text, type, method: 'pronounced', language, nowMs: 0 })
  switch (kind) {
    case 'characters':
    case 'spell-out':
    case 'verbatim':
    case 'digits':
      return as('name_spelled')
    case 'telephone':
      return as('telephone_number')
    case 'cardinal':
    case 'number':
      return english ? numberWords(text.trim()) : text
    case 'ordinal':
      return english ? ordinal(text.trim()) : text
    case 'currency':
      return as('currency')
    case 'fraction':
      return english ? fraction(text) : text
    case 'date':
      return english ? date(text, attributes['format'] ?? attributes['role'] ?? '') : text
    case 'time':
      return english ? time(text) : text
    case 'expletive':
      return english ? 'beep' : ''
    default:
      return text
  }
}

/** `3/4` as three over four: right for every number, if not elegant; `1/2` is one half. */
function fraction(text: string): string {
  const [, whole, above, below] = /^\s*(?:(\d+)[\s+]+)?(\d+)\s*\/\s*(\d+)\s*$/.exec(text) ?? []
  if (above === undefined || below === undefined) return text
  const said = above === '1' && below === '2' ? 'one half' : `${numberWords(above)} over ${numberWords(below)}`
  return whole === undefined ? said : `${numberWords(whole)} and ${said}`
}

const formats: Readonly<Record<string, readonly (keyof DateFields)[]>> = {
  mdy: ['month', 'day', 'year'],
  dmy: ['day', 'month', 'year'],
  ymd: ['year', 'month', 'day'],
  md: ['month', 'day'],
  dm: ['day', 'month'],
  ym: ['year', 'month'],
  my: ['month', 'year'],
  d: ['day'],
  m: ['month'],
  y: ['year'],
}

function date(text: string, format: string): string {
  const eight = /^\s*(\d{4}|\?{4})(\d\d|\?\?)(\d\d|\?\?)\s*$/.exec(text)
  const isIso = /^\s*\d{4}\D/.test(text)
  const order = eight === null ? (formats[format] ?? (isIso ? formats['ymd'] : formats['mdy'])) : formats['ymd']
  const values = eight === null ? text.trim().split(/[^\d?]+/) : eight.slice(1)
  const fields: { -readonly [F in keyof DateFields]?: number } = {}
  order?.forEach((field, index) => {
    const value = Number(values[index] || Number.NaN)
    // Question marks stand for what is not to be said.
    if (Number.isInteger(value)) fields[field] = value
  })
  const isWrong = (fields.month ?? 1) < 1 || (fields.month ?? 1) > 12 || (fields.day ?? 1) < 1 || (fields.day ?? 1) > 31
  return isWrong || Object.keys(fields).length === 0 ? text : dateWords(fields)
}

function time(text: string): string {
  const lasting = /^\s*(?:(\d+)')?(?:(\d+)")?\s*$/.exec(text)
  if (lasting !== null && lasting[0].trim() !== '') {
    const seconds = 60 * Number(lasting[1] ?? 0) + Number(lasting[2] ?? 0)
    return sayText({ text: String(seconds), type: 'time_measurement', method: 'pronounced', language: 'en', nowMs: 0 })
  }
  const [, hours, minutes, half] = /^\s*(\d{1,2})(?::(\d\d))?(?::\d\d)?\s*([ap])?\.?m?\.?\s*$/i.exec(text) ?? []
  const [hour, minute] = [Number(hours), Number(minutes ?? 0)]
  if (hours === undefined || hour > 23 || minute > 59) return text
  const isAfternoon = half?.toLowerCase() === 'p'
  return timeWords({ hour: half === undefined ? hour : (hour % 12) + (isAfternoon ? 12 : 0), minute })
}
