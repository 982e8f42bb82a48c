import type { ConnectionEnds } from '#worker/fanout/kernel-queue.ts'
import type { OpenPublication, PublicationOptions } from '#worker/fanout/publication.ts'
import type { PublishFailure } from '#worker/fanout/publish-failure.ts'
import type { Target } from '#worker/fanout/target.ts'

/** One publish session at a platform that lives in memory. */
export interface FakeSession {
  readonly target: Target
  readonly options: PublicationOptions
  readonly written: Buffer[]
  /** Writes that the "kernel" has not taken yet. */
  readonly held: (() => void)[]
  ended: 'unpublished' | PublishFailure | undefined
  /** The platform ends it. */
  lose(failure: PublishFailure): void
}

/** A platform whose answers a test chooses; takes the place of `openPublication`. */
export class FakePlatform {
  readonly sessions: FakeSession[] = []
  /** Attempts made so far, refused ones included. */
  attempts = 0
  /** What the next attempts come to. */
  answer: 'accept' | 'hang' | PublishFailure = 'accept'
  /** Whether writes leave the process. */
  takesBytes = true
  streamId = 1
  roundTripMs: number | null = null
  /** Whether it is one that acknowledges everything, as over SRT. */
  acknowledgesAll = false
  /** Both ends of the connections that are opened next. */
  ends: ConnectionEnds | undefined

  readonly open: OpenPublication = async (target, options) => {
    this.attempts++
    if (this.answer === 'hang') return new Promise(() => {})
    if (this.answer !== 'accept') throw this.answer
    const session: FakeSession = {
      target,
      options,
      written: [],
      held: [],
      ended: undefined,
      lose: (failure) => {
        session.ended ??= failure
        options.onLost(failure)
      },
    }
    this.sessions.push(session)
    const { streamId } = this
    return {
      ends: this.ends,
      roundTripMs: this.roundTripMs,
      acknowledgesAll: this.acknowledgesAll,
      encode: (batch, opening) => (opening ? batch.opening() : batch.media).bytesFor(streamId),
      write: (bytes, flushed) => {
        session.written.push(bytes)
        if (this.takesBytes) queueMicrotask(flushed)
        else session.held.push(flushed)
      },
      unpublish: async () => {
        session.ended = 'unpublished'
      },
      fail: (failure) => session.lose(failure),
    }
  }

  /** The newest session. */
  get session(): FakeSession {
    const newest = this.sessions.at(-1)
    if (!newest) throw new Error('Nobody publishes')
    return newest
  }
}
