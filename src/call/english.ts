/** Numbers, dates and times as English words. Whoever cannot be put into words stays as it is written. */

const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const scales = ['', 'thousand', 'million', 'billion', 'trillion']
const mostDigits = 15

export const digitsOf = (text: string): string => text.replace(/[,\s]/g, '')

/** @param number a whole number, not negative, of at most 15 digits */
export function cardinal(number: number): string {
  if (number < 1_000) return below1000(number)
  const words: string[] = []
  for (let scale = scales.length - 1; scale >= 0; scale--) {
    const count = Math.floor(number / 1_000 ** scale) % 1_000
    if (count > 0) words.push(below1000(count), ...(scale > 0 ? [scales[scale] ?? ''] : []))
  }
  return words.join(' ')
}

function below1000(number: number): string {
  const hundreds = Math.floor(number / 100)
  const rest = number % 100
  const words = hundreds > 0 ? [`${small[hundreds] ?? ''} hundred`] : []
  if (rest > 0 || hundreds === 0) words.push(below100(rest))
  return words.join(' ')
}

function below100(number: number): string {
  if (number < 20) return small[number] ?? ''
  const unit = number % 10
  return `${tens[Math.floor(number / 10)] ?? ''}${unit > 0 ? ` ${small[unit] ?? ''}` : ''}`
}

/** A number as it is written: sign, commas, decimals. */
export function numberWords(text: string): string {
  const [, sign, whole = '', decimals] = /^([+-]?)(\d*)(?:\.(\d+))?$/.exec(digitsOf(text)) ?? []
  if (whole.length > mostDigits || (whole === '' && decimals === undefined)) return text
  const said = cardinal(Number(whole))
  const point =
    decimals === undefined ? '' : ` point ${Array.from(decimals, (digit) => small[Number(digit)]).join(' ')}`
  return `${sign === '-' ? 'minus ' : ''}${said}${point}`
}

const irregular: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
}

/** `21`, `21st` as twenty first. */
export function ordinal(text: string): string {
  const digits = /^(\d{1,15})(?:st|nd|rd|th)?$/i.exec(digitsOf(text))?.[1]
  if (digits === undefined) return text
  return cardinal(Number(digits)).replace(/\w+$/, (last) => irregular[last] ?? `${last.replace(/y$/, 'ie')}th`)
}

const months = 'January February March April May June July August September October November December'.split(' ')

export interface DateFields {
  readonly year?: number
  /** 1 to 12. */
  readonly month?: number
  readonly day?: number
}

export function dateWords({ year, month, day }: DateFields): string {
  const words = [
    ...(month === undefined ? [] : [months[month - 1] ?? '']),
    ...(day === undefined ? [] : [ordinal(String(day))]),
  ]
  return [...(words.length > 0 ? [words.join(' ')] : []), ...(year === undefined ? [] : [yearWords(year)])].join(', ')
}

/** Years are said in halves: nineteen eighty four, twenty twenty six, but two thousand nine. */
function yearWords(year: number): string {
  const century = Math.floor(year / 100)
  const rest = year % 100
  if (year < 1_000 || year > 9_999 || (century % 10 === 0 && rest < 10)) return cardinal(year)
  if (rest === 0) return `${cardinal(century)} hundred`
  return `${cardinal(century)} ${rest < 10 ? 'oh ' : ''}${cardinal(rest)}`
}

/** @param hour 0 to 23 */
export function timeWords({ hour, minute }: { readonly hour: number; readonly minute: number }): string {
  const half = hour < 12 ? 'A M' : 'P M'
  const minutes = minute === 0 ? '' : minute < 10 ? ` oh ${cardinal(minute)}` : ` ${cardinal(minute)}`
  return `${cardinal(hour % 12 === 0 ? 12 : hour % 12)}${minutes} ${half}`
}
