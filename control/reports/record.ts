import type { BroadcastPoint } from '#schema/contracts/broadcast-tally.ts'
import type { BroadcastMomentRow, BroadcastRow } from '#schema/tables/broadcasts.ts'

/** What is kept of one broadcast, as far as a list needs it. */
export interface BroadcastHead {
  readonly row: BroadcastRow
  /** Its worker holds the lease still, so it goes on. */
  readonly isLive: boolean
}

/** All that is kept of one broadcast. */
export interface BroadcastRecord extends BroadcastHead {
  /** In the order of time. */
  readonly moments: readonly BroadcastMomentRow[]
  readonly points: readonly BroadcastPoint[]
  /** Names of destinations that there are still. */
  readonly destinationNames: ReadonlyMap<string, string | null>
  /** The ones before and after it of the same live stream. */
  readonly before: BroadcastHead | undefined
  readonly after: BroadcastHead | undefined
  /** How long the slate may hold a broadcast of this live stream, seconds. */
  readonly reconnectWindow: number
  /** Pages that played it: the most at a time, and in all; left out where none told of itself. */
  readonly audience?: { readonly peak: number; readonly pages: number } | undefined
}
