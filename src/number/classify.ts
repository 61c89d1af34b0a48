import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/**
 * What a number is, by the names of KAZOO's classifiers. `did_us` and its like are ordinary numbers of a country,
 * `tollfree_us` cost whoever is called, `toll_us` more than usual; countries other than the US have them for calls within
 * (`did_ch`), and are `international` for everybody else.
 */
export type NumberClass =
  'emergency' | 'caribbean' | 'international' | 'unknown' | `${'did' | 'tollfree' | 'toll'}_${string}`

/** Everywhere on mobile phones, then by country; other countries have the first two alone. */
const emergencyEverywhere = ['112', '911']
const emergencyIn: Readonly<Record<string, readonly string[]>> = {
  AT: ['122', '128', '133', '140', '144'],
  AU: ['000', '106'],
  BE: ['100', '101'],
  BR: ['190', '192', '193'],
  CH: ['117', '118', '144', '1414'],
  CN: ['110', '119', '120'],
  DE: ['110'],
  ES: ['061', '080', '091'],
  FR: ['15', '17', '18', '114', '115', '119'],
  GB: ['999'],
  HK: ['999'],
  IE: ['999'],
  IN: ['100', '101', '102', '108'],
  IT: ['113', '115', '118'],
  JP: ['110', '118', '119'],
  KR: ['119'],
  MX: ['060', '065', '066', '068'],
  MY: ['999'],
  NO: ['110', '113'],
  NZ: ['111'],
  PL: ['997', '998', '999'],
  RU: ['101', '102', '103'],
  SG: ['995', '999'],
  ZA: ['10111', '10177'],
}

/** Where the plan of North America is dialled like a number at home and paid like one abroad (KAZOO's list). */
const caribbean =
  /^\+1(?:242|246|264|268|284|340|345|441|473|649|658|664|670|671|684|721|758|767|784|787|809|829|849|868|869|876|939)\d{7}$/

/**
 * @param number as normalized: E.164, or what is no such number
 * @param country ISO 3166 alpha-2: where it is dialled
 * @source KAZOO knm_converters, classifiers of the default configuration
 */
export function classifyNumber(number: string, country: string): NumberClass {
  const home = country.toUpperCase()
  if (emergencyEverywhere.includes(number) || emergencyIn[home]?.includes(number) === true) return 'emergency'
  if (/^(?:00|011)\d{3,}$/.test(number)) return 'international'
  if (!/^\+\d{4,}$/.test(number)) return 'unknown'
  if (caribbean.test(number)) return 'caribbean'
  const isNorthAmerican = number.startsWith('+1')
  const parsed = parsePhoneNumberFromString(number)
  if (!isNorthAmerican && parsed?.country !== home) return 'international'
  const place = isNorthAmerican ? 'us' : home.toLowerCase()
  switch (parsed?.getType()) {
    case 'TOLL_FREE':
      return `tollfree_${place}`
    case 'PREMIUM_RATE':
    case 'SHARED_COST':
      return `toll_${place}`
    default:
      return `did_${place}`
  }
}
