import { feedIdOf } from './feed.ts'
import type { FeedEncode, FreeRates } from './own-encode.ts'

/** An own encode that a destination wants. */
export interface EncodeWish {
  readonly encode: FeedEncode
  readonly freeRates: FreeRates | null
}

/**
 * The encode that each of these wishes gets where there are to be few: those that differ in nothing but a bit rate that
 * nobody asked for share one that all their platforms take, the lowest of what is recommended to them.
 */
export function shareEncodes(wishes: readonly EncodeWish[]): FeedEncode[] {
  const made = Map.groupBy(
    wishes.filter(({ freeRates }) => freeRates === null).map(({ encode }) => encode),
    withoutRate,
  )
  const given = new Map<EncodeWish, FeedEncode>()
  for (const wish of wishes.toSorted((a, b) => a.encode.videoBitrateKbps - b.encode.videoBitrateKbps)) {
    const { encode, freeRates } = wish
    const alike = made.get(withoutRate(encode)) ?? []
    const other = freeRates && alike.find(({ videoBitrateKbps }) => isWithin(videoBitrateKbps, freeRates))
    if (!other) made.set(withoutRate(encode), [...alike, encode])
    given.set(wish, other ?? encode)
  }
  return wishes.map((wish) => given.get(wish) ?? wish.encode)
}

const withoutRate = (encode: FeedEncode): string => feedIdOf({ ...encode, videoBitrateKbps: 0 })

const isWithin = (kbps: number, { leastKbps, mostKbps }: FreeRates) => kbps >= leastKbps && kbps <= mostKbps
