import { hash } from '../../src/simulator/random.ts'

export type Random = ReturnType<typeof createRandom>

/** Creates a repeatable random source: the same seed makes the same choices in the same order. */
export function createRandom(seed: number) {
  let n = 0
  const unit = (): number => hash(seed, ++n) / 0x100000000
  const below = (limit: number): number => Math.floor(unit() * limit)

  /** @throws when the list is empty */
  function pick<T>(list: readonly T[]): T {
    const index = below(list.length)
    if (index >= list.length) throw new Error('nothing to pick from')
    return list[index] as T
  }

  return {
    unit,
    below,
    between: (least: number, most: number): number => least + below(most - least + 1),
    chance: (share: number): boolean => unit() < share,
    pick,
    some: <T>(list: readonly T[], count: number): T[] =>
      list
        .map((item) => ({ item, at: unit() }))
        .sort((a, b) => a.at - b.at)
        .slice(0, count)
        .map(({ item }) => item),
    /** Creates a source whose choices do not depend on the use of this one. */
    fork: (index: number) => createRandom(hash(seed, 1_000_000 + index))
  }
}
