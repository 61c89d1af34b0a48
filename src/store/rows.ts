import { Failure } from '../base/index.ts'

/** Lists of ids in one statement; databases limit how many parameters it may have. */
export const mostInList = 500

/** `items` in portions of at most `most`. */
export function* portions<T>(items: readonly T[], most: number): Generator<readonly T[]> {
  for (let index = 0; index < items.length; index += most) yield items.slice(index, index + most)
}

/** Between attempts that lost against somebody else, nothing is waited for: somebody else has come further. */
export const mostRaces = 50

export const lostEveryRace = (what: string): Failure =>
  new Failure('DATABASE_UNAVAILABLE', { problem: `${what} is changed by others all the time` })
