/** Times of a channel's driver. */
export interface ChannelTiming {
  /** How often an offline channel is asked for in the first `quickMs` after the start or the last media, seconds (from, to). */
  readonly quickPollSeconds: readonly [number, number]
  readonly quickMs: number
  /** How often after that: each streamlink takes a number of its own between the two. */
  readonly pollSeconds: readonly [number, number]
  /** A streamlink that has waited for so long is replaced by a fresh one, milliseconds. */
  readonly patienceMs: number
  /** So long after streamlink's last word it is told what that means, milliseconds. */
  readonly quietMs: number
  /** Live, no ads, and no byte for so long: streamlink is started again, milliseconds. */
  readonly silenceMs: number
  /** In a break no segment of ads for so long: the same, milliseconds. */
  readonly adSilenceMs: number
  /** How often a live channel is asked for its title, milliseconds. */
  readonly describeEachMs: number
  /** The pause before streamlink is started again, milliseconds: doubled each time up to the longest. */
  readonly firstBackoffMs: number
  readonly longestBackoffMs: number
  /** The least after a broadcast that said goodbye: its playlist lives on for a moment and would be played again. */
  readonly afterEndMs: number
  /** Media for so long makes a good run, after which the pauses begin anew, milliseconds. */
  readonly goodRunMs: number
  /** How often it is looked for a streamlink that is missing or does not know the site, milliseconds. */
  readonly findEachMs: number
}

export const channelTiming: ChannelTiming = {
  quickPollSeconds: [4, 6],
  quickMs: 60_000,
  pollSeconds: [15, 25],
  patienceMs: 600_000,
  quietMs: 3_000,
  silenceMs: 20_000,
  adSilenceMs: 45_000,
  describeEachMs: 60_000,
  firstBackoffMs: 500,
  longestBackoffMs: 30_000,
  afterEndMs: 3_000,
  goodRunMs: 20_000,
  findEachMs: 60_000,
}

/** A number between the two. `random` as Math.random. */
export const between = ([from, to]: readonly [number, number], random = Math.random) => from + (to - from) * random()

/** The pause after so many failures in a row, with ±20 % of jitter, milliseconds. */
export function backoffMs(failures: number, timing: ChannelTiming, random = Math.random): number {
  const grownMs = Math.min(timing.longestBackoffMs, timing.firstBackoffMs * 2 ** Math.min(failures, 16))
  return grownMs * (0.8 + 0.4 * random())
}
