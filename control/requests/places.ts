/** Takes a place for `key`; the answer gives it back. Undefined: there is none. */
export type TakePlace = (key: string) => (() => void) | undefined

/** Places for answers that go on and on: `most` in this process, and `mostOfOne` for one key, so that nobody takes them all. */
export function createPlaces(most: number, mostOfOne: number): TakePlace {
  const taken = new Map<string, number>()
  let all = 0
  return (key) => {
    const own = taken.get(key) ?? 0
    if (all >= most || own >= mostOfOne) return undefined
    all++
    taken.set(key, own + 1)
    let isBack = false
    return () => {
      if (isBack) return
      isBack = true
      all--
      const left = (taken.get(key) ?? 1) - 1
      if (left === 0) taken.delete(key)
      else taken.set(key, left)
    }
  }
}
