import type { Clock } from './clock.ts'
import type { ConnectionEnds } from './kernel-queue.ts'
import type { MediaBatch } from './media-batch.ts'
import type { PublishFailure } from './publish-failure.ts'
import type { Target } from './target.ts'

/** An open publish session: media may be written. */
export interface Publication {
  /** Of the TCP connection; undefined where it has none. */
  readonly ends: ConnectionEnds | undefined
  /** There and back, milliseconds; null where it is not known. */
  readonly roundTripMs: number | null
  /** Whether the peer acknowledges all that it gets, so that nobody else need be asked; false if left out. */
  readonly acknowledgesAll?: boolean
  /** A batch as it goes out on this connection, next; `opening`: with everything that a decoder must have before it. */
  encode(batch: MediaBatch, opening: boolean): Buffer
  /** Writes what {@link encode} gave; `flushed` is called once it has left this process, and never after a loss. */
  write(bytes: Buffer, flushed: () => void): void
  /** Ends the session so that the platform sees a clean end. Resolves within 2 s. */
  unpublish(): Promise<void>
  /** Ends it at once, for this reason. */
  fail(failure: PublishFailure): void
}

export interface PublicationOptions {
  readonly clock: Clock
  /** Certificates (PEM) to trust beside the public ones, for rtmps:// targets. */
  readonly authorities?: readonly string[]
  /** The peer is asked to acknowledge each so many bytes. */
  readonly acknowledgeEachBytes: number
  /** Gives the opening up. */
  readonly signal: AbortSignal
  readonly onAcknowledged: (sequence: number) => void
  /** An open publication is over, and not by `unpublish`. */
  readonly onLost: (failure: PublishFailure) => void
}

/** Connects and opens a publish session. Throws a PublishFailure; after one the connection is closed. */
export type OpenPublication<To extends Target = Target> = (
  target: To,
  options: PublicationOptions,
) => Promise<Publication>
