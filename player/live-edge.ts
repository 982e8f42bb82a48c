/** Further back than this is "behind", seconds; nearer than {@link caughtUpSeconds} is "live" again. */
const fellBehindSeconds = 6
const caughtUpSeconds = 3

/** Whether the viewer sees the live edge. Two thresholds, so that the badge does not flicker. */
export function isAtLiveEdge(wasAtEdge: boolean, behindSeconds: number, paused: boolean): boolean {
  if (paused) return false
  return behindSeconds < (wasAtEdge ? fellBehindSeconds : caughtUpSeconds)
}

/** Seconds between the source and the screen, in tenths: `2.4`. Null where a clock is missing or plainly wrong. */
export function latencySeconds(shownAtMs: number | null, serverNowMs: number): number | null {
  if (shownAtMs === null) return null
  const latencyMs = serverNowMs - shownAtMs
  return latencyMs < 0 || latencyMs > 86_400_000 ? null : Math.round(latencyMs / 100) / 10
}
