import type { BroadcastSummary } from '#schema/contracts/broadcast.ts'
import { spanWords } from './relative-time.ts'
import type { StateWords } from './stream-words.ts'

const states: Readonly<Record<BroadcastSummary['state'], StateWords>> = {
  live: { label: 'On air', tone: 'live' },
  ended: { label: 'Over', tone: 'rest' },
  lost: { label: 'Broke off', tone: 'warning' },
}

/** How a broadcast stands, in a word or two. */
export const broadcastState = ({ state }: Pick<BroadcastSummary, 'state'>): StateWords => states[state]

/** How it went: `1 h 12 min · 30 s of slate · 1 of 3 destinations had trouble`. */
export function broadcastWords({
  duration_s,
  slate_s,
  destinations,
  destinations_with_trouble: troubled,
}: BroadcastSummary): string {
  return [
    spanWords(duration_s * 1_000),
    ...(slate_s >= 1 ? [`${spanWords(slate_s * 1_000)} of slate`] : []),
    ...(destinations === 0 ? [] : [troubleWords(destinations, troubled)]),
  ].join(' · ')
}

function troubleWords(destinations: number, troubled: number): string {
  const all = destinations === 1 ? '1 destination' : `${destinations} destinations`
  if (troubled === 0) return `${all} without trouble`
  return destinations === 1 ? 'its destination had trouble' : `${troubled} of ${all} had trouble`
}
