import type { DestinationState, StreamStatus } from './enums.ts'

/** What makes a live stream change its status. */
export type StreamEvent =
  | 'enable'
  | 'disable'
  | 'source_connecting'
  | 'first_media'
  | 'source_lost'
  | 'source_back'
  | 'broadcast_over'

/**
 * Legal changes of a live stream's observed status: from → event → to.
 * Control and worker both walk this table; what is not here is refused (and logged).
 */
export const streamTransitions: Readonly<Record<StreamStatus, Readonly<Partial<Record<StreamEvent, StreamStatus>>>>> = {
  disabled: { enable: 'idle' },
  idle: { disable: 'disabled', source_connecting: 'connecting', source_lost: 'reconnecting', broadcast_over: 'idle' },
  connecting: {
    disable: 'disabled',
    first_media: 'active',
    source_lost: 'reconnecting',
    broadcast_over: 'idle',
  },
  active: { disable: 'disabled', source_lost: 'reconnecting', broadcast_over: 'idle' },
  reconnecting: { disable: 'disabled', source_back: 'active', broadcast_over: 'idle' },
}

/** Whether there is something to see: a live picture or the slate. */
export const isOnAir = (status: StreamStatus): boolean => status === 'active' || status === 'reconnecting'

/** What makes a destination change its state. */
export type DestinationEvent = 'start' | 'publishing' | 'roll_over' | 'failed' | 'attempt' | 'rejected' | 'stop'

/**
 * Legal changes of a destination's state: from → event → to. `errored` is a refusal that only a person can mend
 * (a wrong key); the publisher still tries again, at its longest interval, because people do mend keys.
 */
export const destinationTransitions: Readonly<
  Record<DestinationState, Readonly<Partial<Record<DestinationEvent, DestinationState>>>>
> = {
  idle: { start: 'starting' },
  starting: { publishing: 'broadcasting', failed: 'retrying', rejected: 'errored', stop: 'idle' },
  broadcasting: { roll_over: 'starting', failed: 'retrying', rejected: 'errored', stop: 'idle' },
  retrying: { attempt: 'starting', stop: 'idle' },
  errored: { attempt: 'starting', stop: 'idle' },
}

/** The state after `event`, or undefined where the table has no such change. */
export function nextStreamStatus(from: StreamStatus, event: StreamEvent): StreamStatus | undefined {
  return streamTransitions[from][event]
}

/** The state after `event`, or undefined where the table has no such change. */
export function nextDestinationState(from: DestinationState, event: DestinationEvent): DestinationState | undefined {
  return destinationTransitions[from][event]
}
