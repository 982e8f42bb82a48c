import type { Destination } from '#schema/contracts/destination.ts'
import type { DestinationState } from '#schema/enums.ts'
import { bitrateWords, sizeWords } from './figures.ts'
import type { StateWords } from './stream-words.ts'

const states: Readonly<Record<DestinationState, StateWords>> = {
  idle: { label: 'Starts with the stream', tone: 'rest' },
  starting: { label: 'Connecting', tone: 'busy' },
  broadcasting: { label: 'Broadcasting', tone: 'live' },
  retrying: { label: 'Trying again', tone: 'warning' },
  errored: { label: 'Refused', tone: 'error' },
}

/** The state of a destination in a word or two. `onAir`: whether its stream is. */
export function destinationState({ enabled, state }: Destination, onAir: boolean): StateWords {
  if (!enabled) return state === 'idle' ? { label: 'Paused', tone: 'rest' } : { label: 'Pausing', tone: 'rest' }
  if (state === 'idle' && onAir) return { label: 'About to connect', tone: 'busy' }
  return states[state]
}

/** What a person calls it: its name, else its host. */
export const destinationName = ({ name, url }: Pick<Destination, 'name' | 'url'>): string => name ?? hostOf(url)

/** Where it goes, without anything that could be a secret: some platforms put one in the path. */
export function hostOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed ? `${parsed.host}` : 'unknown address'
}

/** What goes there now; null while nothing does. */
export function deliveryWords({ state, bitrate_kbps, bytes_sent, dropped_ms }: Destination): string | null {
  if (state !== 'broadcasting') return null
  return [
    bitrateWords(bitrate_kbps),
    `${sizeWords(bytes_sent)} sent`,
    ...(dropped_ms > 0 ? [`${(dropped_ms / 1000).toFixed(1)} s left out`] : []),
  ].join(' · ')
}

/** Whether it waits for its next attempt, so that one could be asked for. */
export const canRetry = ({ enabled, state }: Destination): boolean =>
  enabled && (state === 'retrying' || state === 'errored')
