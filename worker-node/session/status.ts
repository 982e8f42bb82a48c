import type { StatusReason, StreamStatus } from '#schema/enums.ts'
import { nextStreamStatus, type StreamEvent } from '#schema/transitions.ts'

/** Observed status of a session with its reason, as it is reported. */
export interface SessionStatus {
  readonly status: StreamStatus
  readonly reason: StatusReason
  /** Words that say what to do. */
  readonly detail: string
  /** RFC 3339. */
  readonly since: string
}

/** What people read for each reason. */
const details: Readonly<Record<StatusReason, string>> = {
  waiting_for_source: 'Waiting for the source. Its inputs say what each of them waits for.',
  source_connected: 'The source is connected; the picture is coming.',
  source_ended: 'The source has ended its stream.',
  source_lost: 'The connection to the source was lost. It is taken back as soon as it returns.',
  source_stalled:
    'The source sends nothing any more, or too slowly. Check the encoder and its network; it is taken back by itself.',
  source_failed:
    'The source could not be read. Check what the encoder sends: H.264 video and AAC audio are understood.',
  encoder_refused: 'An encoder came and was refused. The events of this live stream say why.',
  encoder_failed:
    'The picture could not be encoded: FFmpeg on the worker stopped or is too slow. It goes on by itself; the health of this live stream says why.',
  on_air: 'On air.',
  completed: 'The broadcast was ended on purpose.',
  played_out: 'All has been played to its end.',
  reconnect_window_over: 'The picture did not come back in time, so the broadcast ended.',
  disabled_by_operator: 'The stream is switched off.',
  no_capacity: 'No worker has room for this stream. Stop another one or add a worker.',
  worker_lost: 'The worker that ran this stream is gone.',
  worker_stopping: 'The worker is being stopped; the stream goes on as soon as one takes over.',
  worker_draining: 'The worker is being emptied; another one goes on with the stream.',
  control_away: 'The worker could not reach the control plane for too long, so it ended the stream.',
}

/** Added while the slate plays, and while the one that closes a broadcast does. */
const slateWords = 'Viewers see the slate meanwhile.'
const closingWords = 'Viewers see the closing slate now.'
const closingReasons: readonly StatusReason[] = ['completed', 'reconnect_window_over', 'played_out']

/** Walks the table of legal changes; an illegal one changes nothing. */
export class StatusMachine {
  #current: SessionStatus
  readonly #now: () => Date
  readonly #onChange: (current: SessionStatus, before: SessionStatus) => void
  readonly #onRefused: (event: StreamEvent, current: SessionStatus) => void

  /** `onRefused` is told of events that the table does not allow, which is a fault of ours. */
  constructor(
    now: () => Date,
    onChange: (current: SessionStatus, before: SessionStatus) => void,
    onRefused: (event: StreamEvent, current: SessionStatus) => void,
  ) {
    this.#now = now
    this.#onChange = onChange
    this.#onRefused = onRefused
    this.#current = statusNow('idle', 'waiting_for_source', now)
  }

  get current(): SessionStatus {
    return this.#current
  }

  /** Applies `event`; gives whether the table allows it here. */
  apply(event: StreamEvent, reason: StatusReason): boolean {
    const to = nextStreamStatus(this.#current.status, event)
    if (to === undefined) {
      this.#onRefused(event, this.#current)
      return false
    }
    const before = this.#current
    this.#current = statusNow(to, reason, this.#now)
    this.#onChange(this.#current, before)
    return true
  }

  /** Gives a better reason for the present status. */
  explain(reason: StatusReason): void {
    const { status, since } = this.#current
    if (reason !== this.#current.reason) this.#current = { status, reason, detail: inWords(status, reason), since }
  }
}

const statusNow = (status: StreamStatus, reason: StatusReason, now: () => Date): SessionStatus => ({
  status,
  reason,
  detail: inWords(status, reason),
  since: now().toISOString(),
})

const inWords = (status: StreamStatus, reason: StatusReason): string =>
  status === 'reconnecting'
    ? `${details[reason]} ${closingReasons.includes(reason) ? closingWords : slateWords}`
    : details[reason]
