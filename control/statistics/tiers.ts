/** One way in which samples are kept: points of so many seconds, so many of them in a row of the table, for so long. */
export interface Tier {
  readonly step: number
  readonly points: number
  readonly keptSeconds: number
}

const day = 86_400

/** Longer and longer, each made of the one before; what is measured each second stands in a table of its own. */
export const tiers = [
  { step: 10, points: 60, keptSeconds: day },
  { step: 60, points: 60, keptSeconds: 90 * day },
  { step: 3_600, points: 24, keptSeconds: 90 * day },
] as const satisfies readonly Tier[]

/** Blocks of what is measured each second that are kept, the one that is filled among them: it goes back 20 to 30 minutes. */
export const blocksKept = 3

/** Viewers of a live stream: a subject of their own, since control writes them and not the worker. */
export const viewersOf = (liveStreamId: string): string => `${liveStreamId}~viewers`
