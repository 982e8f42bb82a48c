import { Allowance } from './recovery.ts'

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

/** On a line that bears no more, playback jumps this often at most, milliseconds. */
const jumpEachMs = 10_000

/** Brings those back to the live edge who did not leave it by themselves: whose pictures stood still for a while. */
export class LiveEdgeKeeper {
  #isByChoice = false
  #jumps = new Allowance(1, jumpEachMs)

  /** The viewer has paused, or gone back. */
  left(): void {
    this.#isByChoice = true
  }

  /** He is at the edge, or wants to be there. */
  reached(): void {
    this.#isByChoice = false
  }

  /** Whether one who is not at the edge is to be brought there now. */
  mayJump(nowMs: number): boolean {
    return !this.#isByChoice && this.#jumps.take(nowMs)
  }
}
