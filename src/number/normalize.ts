import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js'

/** Shorter digits are somebody's extension, whatever country's numbers are as short. */
const fewestDigits = 7

/**
 * The form that numbers are compared in: E.164 for what can be a telephone number, as dialled in `country` when it has
 * no `+`. Feature codes (`*97`), extensions (`2030`) and names of SIP users stay as they are.
 *
 * @param country ISO 3166 alpha-2; an unknown one leaves national numbers alone
 * @source KAZOO knm_converters; ITU-T E.164
 */
export function normalizeNumber(dialled: string, country: string): string {
  const text = dialled.trim()
  const compact = text.replaceAll(/[\s().\-/]/g, '')
  if (!/^\+?\d+$/.test(compact)) return text
  if (compact.startsWith('+') || compact.length < fewestDigits) return compact
  const home = country.toUpperCase()
  if (!isSupportedCountry(home)) return compact
  return toE164(compact, home) ?? compact
}

function toE164(number: string, country: CountryCode): string | undefined {
  const parsed = parsePhoneNumberFromString(number, country)
  return parsed?.isPossible() === true ? parsed.number : undefined
}
