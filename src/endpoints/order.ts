import { randomUint32 } from '../base/index.ts'

const twoTo32 = 2 ** 32

/**
 * A random order in which the first is each with a probability of its share of the weight, and so on for the others.
 *
 * @param random from 0 to 1, both excluded
 * @source Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006)
 */
export function heavierFirst<T extends { readonly weight: number }>(
  items: readonly T[],
  random: () => number = () => (randomUint32() + 0.5) / twoTo32,
): readonly T[] {
  return items
    .map((item) => ({ item, key: random() ** (1 / item.weight) }))
    .toSorted((one, other) => other.key - one.key)
    .map(({ item }) => item)
}
