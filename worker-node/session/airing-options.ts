import type { Log } from '../observe/log.ts'
import type { EncodeEvents } from './input-encoder.ts'
import type { OnSessionEvent, OpenJob, SessionHost } from './options.ts'

/** What an airing is given, and whom it tells. */
export interface SessionAiringOptions {
  readonly host: SessionHost
  readonly log: Log
  readonly signal: AbortSignal
  /** As it is now. */
  readonly open: () => OpenJob
  readonly onEvent: OnSessionEvent
  /** What viewers get has changed. */
  readonly onSwitch: (onAir: 'live' | 'slate') => void
  /** Pictures of a run go out to viewers, after a slate or straight after another run's. */
  readonly onRunOnAir: () => void
  /** A fault of ours. */
  readonly onFault: (error: unknown) => void
}

/** What becomes of a run. */
export interface RunEvents extends EncodeEvents {
  /** Its first picture goes out to viewers. */
  readonly onAir: () => void
}
