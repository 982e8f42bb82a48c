/** The second attempt comes after so long, each further one after three times the time before, up to the longest. Milliseconds. */
const firstDelayMs = 5_000
const factor = 3
const longestDelayMs = 3 * 3_600_000
/** Each distance is longer or shorter by up to a fifth, so that what failed together does not come back together. */
const jitter = 0.2
/** A delivery is given up so long after its first attempt. */
export const retriedForMs = 24 * 3_600_000

interface Failed {
  /** That have failed so far, at least 1. */
  readonly attempts: number
  readonly firstAttemptMs: number
  readonly nowMs: number
  /** What the other side asked for (Retry-After), milliseconds. */
  readonly retryAfterMs?: number | undefined
}

/**
 * When a delivery is tried again, Unix milliseconds; null: it is given up. 5 s, 15 s, 45 s, 2¼ min, 6¾ min, 20 min, 1 h and
 * then every 3 h after the attempt before, each ±20 %, for 24 h: some 14 attempts. `random` is in [0, 1).
 */
export function nextAttempt({ attempts, firstAttemptMs, nowMs, retryAfterMs = 0 }: Failed, random: number) {
  const planned = Math.min(longestDelayMs, firstDelayMs * factor ** (attempts - 1))
  const delay = Math.max(planned * (1 - jitter + 2 * jitter * random), Math.min(retryAfterMs, longestDelayMs))
  const at = Math.round(nowMs + delay)
  return at <= firstAttemptMs + retriedForMs ? at : null
}
