/** How much one may do: `burst` at once, and `perSecond` of it comes back. */
export interface Allowance {
  readonly burst: number
  readonly perSecond: number
}

/** What is left of an allowance. */
export interface Remaining {
  readonly remaining: number
  /** Until all of it is there again, seconds. */
  readonly fullInSeconds: number
  /** Until there is one again, seconds; 0: there is one now. */
  readonly nextInSeconds: number
}

export interface TokenBuckets {
  /** Takes one of `key`'s; false if none was left. */
  take(key: string): boolean
  look(key: string): Remaining
}

interface Bucket {
  tokens: number
  atMs: number
}

/**
 * One token bucket per key. `nowMs` is a clock that never jumps: setting the machine's clock must neither lock people out nor
 * let them in. At most `keysMax` are remembered; the one that was used longest ago is forgotten first, and is full again then.
 */
export function tokenBuckets(
  { burst, perSecond }: Allowance,
  nowMs: () => number = () => performance.now(),
  keysMax = 10_000,
): TokenBuckets {
  const buckets = new Map<string, Bucket>()
  function tokensOf(key: string): number {
    const bucket = buckets.get(key)
    return bucket ? Math.min(burst, bucket.tokens + ((nowMs() - bucket.atMs) / 1000) * perSecond) : burst
  }
  return {
    take(key) {
      const tokens = tokensOf(key)
      // A map lists what was set last at its end.
      buckets.delete(key)
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs() })
      if (buckets.size > keysMax) buckets.delete(buckets.keys().next().value ?? key)
      return tokens >= 1
    },
    look(key) {
      const tokens = tokensOf(key)
      return {
        remaining: Math.floor(tokens),
        fullInSeconds: Math.ceil((burst - tokens) / perSecond),
        nextInSeconds: tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perSecond),
      }
    },
  }
}
