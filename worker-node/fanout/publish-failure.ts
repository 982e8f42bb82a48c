import type { DestinationError } from '#schema/contracts/destination.ts'

/** What happened, and what to do about it; for people. */
export interface Words {
  readonly detail: string
  readonly fix: string
}

/** Why an attempt or a broadcast ended. `error` is for people; neither it nor the message holds a key. */
export class PublishFailure extends Error {
  override readonly name = 'PublishFailure'
  readonly error: DestinationError
  /** The platform refused in a way that only a person can mend. */
  readonly rejected: boolean

  constructor(
    code: string,
    { detail, fix }: Words,
    { rejected = false, cause }: { rejected?: boolean; cause?: unknown } = {},
  ) {
    super(detail, { cause })
    this.error = { code, detail, fix, severity: 'error' }
    this.rejected = rejected
  }
}

/** A fault of ours, told apart from those of the destination; the cause is for the log. */
export function ourFault(cause: unknown): PublishFailure {
  const fix = 'Nothing needs to be done: we try again. If it stays so, look into the log of the worker.'
  return new PublishFailure('internal', { detail: 'Something went wrong on our side.', fix }, { cause })
}

/** A broadcast whose peer stopped taking bytes. */
export function stalled({ address }: { readonly address: string }): PublishFailure {
  return new PublishFailure('stalled', {
    detail: `${address} stopped taking our video.`,
    fix: 'We connect again. If it happens often, the line to it or the server is overloaded.',
  })
}

/** A refusal although the key was good a moment ago: the platform still holds the session that we lost. */
export function stillPublishing({ error }: PublishFailure): PublishFailure {
  return new PublishFailure('still_publishing', {
    detail: `The platform does not take us back yet: it may still hold our last connection. (${error.detail})`,
    fix: 'Wait: it forgets that connection within a minute or two, and we try again until then.',
  })
}

/** A broadcast that the platform ends each time as soon as it has begun. */
export function closedSoon({ address }: { readonly address: string }): PublishFailure {
  return new PublishFailure('closed_soon', {
    detail: `${address} takes the stream and ends it again within seconds.`,
    fix: "Most often something is over the platform's limits (bit rate, size, frame rate, time between keyframes), or the broadcast is not set up there. Choose a lower quality for this destination, and look at the platform's own page.",
  })
}

/** The destination is broadcasting, but loses parts. */
export function tooSlow(droppedMs: number): DestinationError {
  const seconds = (droppedMs / 1000).toFixed(1)
  return {
    code: 'too_slow',
    detail: `The way to this destination is slower than the stream: ${seconds} s were left out so far.`,
    fix: 'Give this destination a lower bit rate, or the worker a better line.',
    severity: 'warning',
  }
}
