/** Milliseconds of sound and silence in turn. */
type Cadence = readonly number[]

const europe: Cadence = [1000, 4000]
const british: Cadence = [400, 200, 400, 2000]

/**
 * What a caller hears of a phone that rings, by country: hertz, and the cadence.
 *
 * @source ITU-T E.180, supplement 2: various tones used in national networks; the countries are Twilio's `ringTone`
 */
const ringTones = {
  at: ['420', [1000, 5000]],
  au: ['413,438', british],
  be: ['425', [1000, 3000]],
  bg: ['425', europe],
  br: ['425', europe],
  ch: ['425', europe],
  cl: ['400', [1000, 3000]],
  cn: ['450', europe],
  cz: ['425', europe],
  de: ['425', europe],
  dk: ['425', europe],
  ee: ['425', europe],
  es: ['425', [1500, 3000]],
  fi: ['425', europe],
  fr: ['440', [1500, 3500]],
  gr: ['425', europe],
  hu: ['425', [1250, 3750]],
  il: ['400', [1000, 3000]],
  in: ['400', british],
  it: ['425', europe],
  jp: ['400', [1000, 2000]],
  lt: ['425', europe],
  mx: ['425', europe],
  my: ['425', british],
  nl: ['425', europe],
  no: ['425', europe],
  nz: ['400,450', british],
  ph: ['425,480', europe],
  pl: ['425', europe],
  pt: ['425', [1000, 5000]],
  ru: ['425', europe],
  se: ['425', [1000, 5000]],
  sg: ['425', british],
  th: ['400', europe],
  tw: ['440,480', [1000, 2000]],
  uk: ['400,450', british],
  us: ['440,480', [2000, 4000]],
  'us-old': ['420', [2000, 4000]],
  ve: ['425', europe],
  za: ['400', british],
} as const satisfies Readonly<Record<string, readonly [hertz: string, cadence: Cadence]>>

const isCountry = (text: string): text is keyof typeof ringTones => Object.hasOwn(ringTones, text)

export const ringToneCountries: readonly string[] = Object.keys(ringTones)

/** The tone of a country, once, as a TGML spec; undefined for what is no country of the table. */
export function ringToneOf(country: string): string | undefined {
  if (!isCountry(country)) return undefined
  const [hertz, cadence] = ringTones[country]
  const parts: string[] = []
  for (let at = 0; at < cadence.length; at += 2) parts.push(`%(${cadence[at] ?? 0},${cadence[at + 1] ?? 0},${hertz})`)
  return parts.join(';')
}
