import type { BroadcastMomentRow } from '#schema/tables/broadcasts.ts'

/** How often a destination was ended on purpose while the broadcast went on. */
export interface PlannedEnds {
  /** A new session began at once. */
  readonly rolledOver: number
  /** It had lasted as long as it may. */
  readonly byLimit: number
  readonly atStopTime: number
  /** By a person: stopped, paused, removed or given another address. */
  readonly byHand: number
}

/** Of what is kept of a broadcast, in the order of time. */
export function plannedEnds(moments: readonly BroadcastMomentRow[], destinationId: string): PlannedEnds {
  // At its end every destination is ended.
  const own = moments.slice(0, endIndex(moments)).filter((moment) => moment.destinationId === destinationId)
  const ends = own.filter(({ type }) => type === 'destination.idle')
  const byLimit = ends.filter(({ reason }) => reason === 'duration_over').length
  const atStopTime = ends.filter(({ reason }) => reason === 'stop_time_reached').length
  return {
    rolledOver: own.filter(({ type }) => type === 'destination.rolled_over').length,
    ...{ byLimit, atStopTime },
    byHand: ends.length - byLimit - atStopTime,
  }
}

/** Where the broadcast ends within its moments, which are in the order of time; undefined: its end is not among them. */
export function endIndex(moments: readonly BroadcastMomentRow[]): number | undefined {
  const index = moments.findIndex(({ type }) => type === 'stream.idle' || type === 'stream.disabled')
  return index < 0 ? undefined : index
}
