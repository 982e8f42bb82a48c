import type { PublisherStatus } from '#schema/contracts/destination.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'

/** How a destination fails: `retrying` mends itself in time, `errored` only a person mends. */
export type DestinationFailure = 'retrying' | 'errored'

/**
 * How a destination fails after this status, given how it did before: an attempt to mend it is not the end of it, and one
 * loss that the next attempt makes good is none.
 */
export function failureAfter(
  { state, retries }: PublisherStatus,
  before: DestinationFailure | undefined,
): DestinationFailure | undefined {
  if (state === 'errored') return 'errored'
  if (state === 'starting' || (state === 'retrying' && retries === 0)) return before
  return state === 'retrying' ? 'retrying' : undefined
}

/** A destination of a stream, and what people call it. */
interface Subject {
  readonly id: string
  readonly name: string
}

/** What is wrong with a destination that is to broadcast; undefined: nothing. */
export function destinationIssue(
  { id, name }: Subject,
  { state, last_error: error }: PublisherStatus,
  failure: DestinationFailure | undefined,
): Issue | undefined {
  const isSlow = state === 'broadcasting'
  if (!error || (!isSlow && !failure)) return undefined
  return {
    code: isSlow ? 'destination_too_slow' : failure === 'retrying' ? 'destination_failing' : refusalCode(error.code),
    severity: failure === 'errored' ? 'error' : 'warning',
    detail: `${name}: ${error.detail}`,
    fix: error.fix,
    destination_id: id,
  }
}

const refusalCode = (code: string) =>
  code === 'rejected_stream_key' ? 'destination_rejected_key' : 'destination_refused'
