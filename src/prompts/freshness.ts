/** How long an answer may be used, and how to ask whether it still holds. Times are Unix milliseconds. */
export interface Freshness {
  readonly freshUntil: number
  /** Until then it is better than nothing, when the server cannot be asked. */
  readonly staleUntil: number
  /** Headers of a question that is answered by 304 when nothing has changed. */
  readonly conditions: Readonly<Record<string, string>>
}

const longestFreshMs = 7 * 86_400_000
const longestHeuristicMs = 86_400_000
/** RFC 5861 leaves it to us where the server does not say: a day with yesterday's prompt beats a day without. */
const usualStaleMs = 86_400_000

type Headers = Readonly<Record<string, string>>

/**
 * What the headers of an answer say about its age to come.
 *
 * @param before what was known, when the answer is a 304 that may leave headers out
 * @source RFC 9111 sections 4.2 (freshness), 4.3 (validation); RFC 5861 (stale-if-error)
 */
export function readFreshness(headers: Headers, now: number, before?: Freshness): Freshness {
  const control = readCacheControl(headers['cache-control'])
  if (control.has('no-store')) return { freshUntil: now, staleUntil: now, conditions: {} }
  const freshMs = control.has('no-cache') ? 0 : Math.max(0, lifetimeMs(headers, control, now) - ageMs(headers))
  const freshUntil = now + Math.min(longestFreshMs, freshMs)
  const staleMs = control.has('must-revalidate') ? 0 : (seconds(control.get('stale-if-error')) ?? usualStaleMs)
  const conditions = conditionsOf(headers)
  return {
    freshUntil,
    staleUntil: freshUntil + Math.min(longestFreshMs, staleMs),
    conditions: Object.keys(conditions).length === 0 ? (before?.conditions ?? {}) : conditions,
  }
}

function lifetimeMs(headers: Headers, control: ReadonlyMap<string, string>, now: number): number {
  const maxAge = seconds(control.get('max-age'))
  if (maxAge !== undefined) return maxAge
  const date = time(headers['date']) ?? now
  if (headers['expires'] !== undefined) return (time(headers['expires']) ?? date) - date
  // RFC 9111 section 4.2.2: a tenth of the time that it has not changed for.
  const modified = time(headers['last-modified'])
  return modified === undefined ? 0 : Math.min(longestHeuristicMs, (date - modified) / 10)
}

function conditionsOf(headers: Headers): Headers {
  const { etag, 'last-modified': modified } = headers
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  }
}

const ageMs = (headers: Headers): number => seconds(headers['age']) ?? 0

function readCacheControl(text = ''): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((directive) => {
      const [name = '', value = ''] = directive.split('=')
      return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, '')] as const
    }),
  )
}

/** Seconds as they stand in a header, in milliseconds. */
function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : undefined
}

function time(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
