/** The language that is spoken when nothing else is asked for or there. */
export const defaultLanguage = 'en-us'

/**
 * The languages in which a prompt is looked for, best first: `en-us_fr-fr` is that, then `en-us`, then `en`.
 *
 * @source KAZOO kz_media_map.erl, language fallback
 */
export function languageCandidates(language: string): readonly string[] {
  const whole = language.trim().toLowerCase()
  const [first = ''] = whole.split('_')
  const [primary = ''] = first.split('-')
  return [...new Set([whole, first, primary])].filter((candidate) => candidate !== '')
}
