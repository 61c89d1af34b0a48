import { Failure } from '../base/index.ts'
import type { Asked } from './route.ts'

/**
 * Which of the content types `offered` is wanted: by the query parameter `accept` for those who cannot set headers, else
 * by the header (RFC 9110 section 12.5.1), else the first.
 *
 * @source KAZOO cb_recordings:accept_values/1
 */
export function wanted<T extends string>(asked: Pick<Asked, 'header' | 'query'>, offered: readonly [T, ...T[]]): T {
  const [usual] = offered
  const { query } = asked
  const tunneled = typeof query === 'object' && query !== null && 'accept' in query ? query.accept : undefined
  const accept = typeof tunneled === 'string' && tunneled !== '' ? tunneled : asked.header('accept')
  let best: { readonly type: T; readonly quality: number } | undefined
  for (const range of rangesOf(accept ?? '')) {
    const type = offered.find((candidate) => fits(range.type, candidate))
    if (type !== undefined && range.quality > (best?.quality ?? 0)) best = { type, quality: range.quality }
  }
  return best?.type ?? usual
}

const mostRanges = 32

function rangesOf(accept: string): readonly { readonly type: string; readonly quality: number }[] {
  return accept
    .slice(0, 1024)
    .split(',', mostRanges)
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const quality = parameters.map((parameter) => /^q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1]).find(Boolean)
      return { type, quality: Number(quality ?? 1) }
    })
}

function fits(range: string, type: string): boolean {
  return range === type || range === '*/*' || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
}

/** What a route throws when it has nothing of this id. */
export const notFound = (what: string): Failure => new Failure('API_NOT_FOUND', { what })
