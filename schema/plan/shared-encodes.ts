import { feedIdOf } from './feed.ts'
import type { FeedEncode, FreeRates } from './own-encode.ts'

/** An own encode that a destination wants. */
export interface EncodeWish {
  readonly encode: FeedEncode
  readonly freeRates: FreeRates | null
}

/**
 * The encode that each of these wishes gets, in the wishes' order, where there are to be few: one that differs in nothing
 * but a bit rate that nobody asked for joins one that its platform takes too. Nobody is disturbed by who is asked for
 * later; but `lowestFirst` there are the fewest, at the lowest of the rates that are recommended.
 */
export function shareEncodes(wishes: readonly EncodeWish[], lowestFirst = false): FeedEncode[] {
  const made = Map.groupBy(
    wishes.filter(({ freeRates }) => freeRates === null).map(({ encode }) => encode),
    withoutRate,
  )
  const given = new Map<EncodeWish, FeedEncode>()
  const byRate = (a: EncodeWish, b: EncodeWish) => a.encode.videoBitrateKbps - b.encode.videoBitrateKbps
  for (const wish of lowestFirst ? wishes.toSorted(byRate) : wishes) {
    const { encode, freeRates } = wish
    const alike = made.get(withoutRate(encode)) ?? []
    const other = freeRates && nearest(alike, encode, freeRates)
    if (!other) made.set(withoutRate(encode), [...alike, encode])
    given.set(wish, other ?? encode)
  }
  return wishes.map((wish) => given.get(wish) ?? wish.encode)
}

const withoutRate = (encode: FeedEncode): string => feedIdOf({ ...encode, videoBitrateKbps: 0 })

/** That whose rate comes nearest, of those that will do. */
function nearest(alike: readonly FeedEncode[], encode: FeedEncode, { leastKbps, mostKbps }: FreeRates) {
  const distance = ({ videoBitrateKbps }: FeedEncode) => Math.abs(videoBitrateKbps - encode.videoBitrateKbps)
  return alike
    .filter(({ videoBitrateKbps }) => videoBitrateKbps >= leastKbps && videoBitrateKbps <= mostKbps)
    .toSorted((a, b) => distance(a) - distance(b))[0]
}
