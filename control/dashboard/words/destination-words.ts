import type { Destination } from '#schema/contracts/destination.ts'
import type { DestinationOrder, DestinationState, HoldReason } from '#schema/enums.ts'
import { bitrateWords, sizeWords } from './figures.ts'
import type { StateWords } from './stream-words.ts'

const states: Readonly<Record<DestinationState, StateWords>> = {
  idle: { label: 'Starts with the stream', tone: 'rest' },
  starting: { label: 'Connecting', tone: 'busy' },
  broadcasting: { label: 'Broadcasting', tone: 'live' },
  retrying: { label: 'Trying again', tone: 'warning' },
  errored: { label: 'Refused', tone: 'error' },
}

/** Why one does not broadcast although nothing failed. */
const holds: Readonly<Record<HoldReason, StateWords>> = {
  paused: { label: 'Paused', tone: 'rest' },
  waits_for_start: { label: 'Waits until you start it', tone: 'ready' },
  stopped_by_operator: { label: 'Stopped for this broadcast', tone: 'rest' },
  stop_time_reached: { label: 'Its time is over', tone: 'rest' },
  duration_over: { label: 'Its longest time is over', tone: 'rest' },
  not_taken: { label: 'Nothing that it takes can be sent', tone: 'error' },
}

/** The state of a destination in a word or two. `onAir`: whether its stream is. */
export function destinationState({ enabled, state, held }: Destination, onAir: boolean): StateWords {
  const hold = enabled ? held?.reason : 'paused'
  if (hold) return state === 'idle' ? holds[hold] : { label: hold === 'paused' ? 'Pausing' : 'Stopping', tone: 'rest' }
  if (state === 'idle' && onAir) return { label: 'About to connect', tone: 'busy' }
  return states[state]
}

/** What can be ordered of it for the broadcast that is on, or for the next one. Pausing is for good, until it is resumed. */
export function orderFor({ enabled, held, state }: Destination, onAir: boolean): DestinationOrder | null {
  if (!enabled) return null
  if (held) return held.reason === 'not_taken' ? null : 'start'
  return onAir && state !== 'idle' ? 'stop' : null
}

/** What a person calls it: its name, else its host. */
export const destinationName = ({ name, url }: Pick<Destination, 'name' | 'url'>): string => name ?? hostOf(url)

/** Where it goes, without anything that could be a secret: some platforms put one in the path. */
export function hostOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed ? `${parsed.host}` : 'unknown address'
}

/** What goes there now, each figure with its name; none while nothing does. */
export function deliveryFacts(destination: Destination): readonly (readonly [name: string, figure: string])[] {
  const { state, bitrate_kbps, bytes_sent, dropped_ms, queue_ms, round_trip_ms, sessions } = destination
  if (state !== 'broadcasting') return []
  return [
    ['Goes out', bitrateWords(bitrate_kbps)],
    ['Sent', sizeWords(bytes_sent)],
    ['Left out', secondsWords(dropped_ms)],
    ['Waiting', secondsWords(queue_ms)],
    ...(round_trip_ms === null ? [] : ([['There and back', `${Math.round(round_trip_ms)} ms`]] as const)),
    ['Sessions', String(sessions)],
  ]
}

const secondsWords = (ms: number) => (ms === 0 ? 'nothing' : `${(ms / 1_000).toFixed(1)} s`)

/** Whether it waits for its next attempt, so that one could be asked for. */
export const canRetry = ({ enabled, held, state }: Destination): boolean =>
  enabled && !held && (state === 'retrying' || state === 'errored')
