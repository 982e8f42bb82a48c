import type { DestinationError, PublisherStatus } from '#schema/contracts/destination.ts'
import type { DestinationState } from '#schema/enums.ts'
import { type DestinationEvent, nextDestinationState } from '#schema/transitions.ts'
import { CarriedMedia } from './carried-media.ts'
import type { Clock } from './clock.ts'
import { Delivery } from './delivery.ts'
import type { KernelWatch } from './kernel-watch.ts'
import type { MediaBatch } from './media-batch.ts'
import type { OpenPublication, Publication } from './publication.ts'
import { closedSoon, ourFault, PublishFailure, stalled, stillPublishing, tooSlow } from './publish-failure.ts'
import { RateMeter } from './rate-meter.ts'
import { Backoff, healthyBroadcastMs } from './retry.ts'
import { type Address, type Target, targetOf } from './target.ts'

/** For so long after a broadcast a refused key is taken for the platform's memory of that broadcast. Milliseconds. */
const keyTrustMs = 120_000
/** A destination that dropped nothing for so long is no longer called too slow. Milliseconds. */
const slowMemoryMs = 30_000

/** So many broadcasts in a row that end as soon as they have begun are no accident. */
const soonEndsAllowed = 1

export interface PublisherOptions extends Address {
  readonly clock: Clock
  /** Opens a publish session: see `publicationOpener`, or a test's own. */
  readonly open: OpenPublication
  /** Certificates (PEM) to trust beside the public ones, for rtmps:// addresses. */
  readonly authorities?: readonly string[]
  /** The peer is asked to acknowledge each so many bytes. */
  readonly acknowledgeEachBytes: number
  /** Where it is left out, the kernel is not asked what it holds. */
  readonly kernelWatch?: KernelWatch | undefined
  readonly random?: (() => number) | undefined
  /** Called after each change of state, and when it begins or ceases to be too slow. */
  readonly onStatus: (status: PublisherStatus) => void
  /** Called for a fault of ours, which cost this destination an attempt. */
  readonly onFault?: ((fault: unknown) => void) | undefined
}

/**
 * Keeps one destination broadcasting: opens a publish session, feeds it, and opens another when it is lost, for as long
 * as it is wanted. It owns its session, queue and timers and shares nothing that another could wait for. Its state walks
 * `destinationTransitions`.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #target: Target
  readonly #backoff: Backoff
  readonly #rate = new RateMeter()
  #state: DestinationState = 'idle'
  #opening: AbortController | undefined
  #publication: Publication | undefined
  #delivery: Delivery | undefined
  readonly #carried = new CarriedMedia<MediaBatch>()
  /** The end of a session whose place another takes. */
  #ending: Promise<void> | undefined
  #unwatch: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #retryAtUnixMs: number | undefined
  #lastError: DestinationError | null = null
  #retries = 0
  #sessions = 0
  /** Broadcasts in a row that the platform ended as soon as they had begun. */
  #soonEnds = 0
  #bytesSent = 0
  #droppedMs = 0
  #droppedAtMs = 0
  #broadcastSinceMs: number | undefined
  #connectedAtUnixMs: number | undefined
  #lastBroadcastMs = Number.NEGATIVE_INFINITY

  /** Throws a TypeError for a URL that is neither RTMP nor SRT. */
  constructor(options: PublisherOptions) {
    this.#options = options
    this.#target = targetOf(options)
    this.#backoff = new Backoff(options.random)
  }

  start(): void {
    if (this.#move('start')) void this.#open()
  }

  /** Ends the broadcast so that the platform sees a clean end; within 2 s. It may be started again. */
  async stop(): Promise<void> {
    if (this.#state === 'idle') return
    const publication = this.#release()
    this.#carried.clear()
    this.#lastError = null
    this.#retries = 0
    this.#move('stop')
    await Promise.all([publication?.unpublish(), this.#ending])
  }

  /**
   * Ends the broadcast so that the platform sees a clean end, and begins another at once, in which nothing is missing: it
   * begins with the keyframe before the end. Does nothing while it does not broadcast.
   */
  rollOver(): void {
    if (this.#state !== 'broadcasting') return
    this.#carried.hold(this.#delivery?.wants(false) ?? false)
    this.#ending = this.#release()?.unpublish()
    this.#move('roll_over')
    void this.#open(this.#ending)
  }

  /** Does not wait for the next attempt's time. */
  retryNow(): void {
    this.#backoff.reset()
    if (this.#cancelRetry) this.#attempt()
  }

  /** Whether {@link push} would take such a batch now. */
  wants(keyframe: boolean): boolean {
    return (this.#carried.held ?? this.#delivery)?.wants(keyframe) ?? false
  }

  push(batch: MediaBatch): void {
    if (this.#carried.held) this.#carried.held.push(batch)
    else this.#deliver(batch)
  }

  /** To be called about twice a second: notices a stalled peer, measures the bit rate. */
  tick(): void {
    const nowMs = this.#options.clock.nowMs()
    this.#rate.note(this.#bytesSent, nowMs)
    this.#failIfStalled()
    if (this.#lastError?.code === 'too_slow' && nowMs - this.#droppedAtMs > slowMemoryMs) {
      this.#lastError = null
      this.#report()
    }
  }

  status(): PublisherStatus {
    const isConnected = this.#connectedAtUnixMs !== undefined
    return {
      state: this.#state,
      retries: this.#retries,
      next_retry_at: timeText(this.#retryAtUnixMs),
      last_error: this.#lastError,
      connected_at: timeText(this.#connectedAtUnixMs),
      bytes_sent: this.#bytesSent,
      bitrate_kbps: isConnected ? this.#rate.kbps(this.#bytesSent, this.#options.clock.nowMs()) : 0,
      queue_ms: Math.round(this.#delivery?.behindMs ?? 0),
      round_trip_ms: this.#publication?.roundTripMs ?? null,
      dropped_ms: Math.round(this.#droppedMs + (this.#delivery?.droppedMs ?? 0)),
      sessions: this.#sessions,
    }
  }

  /** `ending`: the platform must have let go of the session before. */
  async #open(ending?: Promise<void>): Promise<void> {
    const opening = new AbortController()
    this.#opening = opening
    if (ending) await ending
    if (opening.signal.aborted) return
    const { clock, open, authorities = [], acknowledgeEachBytes } = this.#options
    open(this.#target, {
      clock,
      authorities,
      acknowledgeEachBytes,
      signal: opening.signal,
      onAcknowledged: (sequence) => {
        if (this.#opening === opening) this.#delivery?.acknowledged(sequence)
      },
      onLost: (failure) => this.#lost(failure),
    }).then(
      (publication) => {
        if (opening.signal.aborted) void publication.unpublish()
        else this.#begin(publication)
      },
      (error: unknown) => {
        if (!opening.signal.aborted) this.#lost(error instanceof PublishFailure ? error : ourFault(error))
      },
    )
  }

  /** Broadcasting begins with the first media that leaves us, not with the platform's consent. */
  #begin(publication: Publication): void {
    const { acknowledgeEachBytes, clock } = this.#options
    this.#sessions++
    this.#publication = publication
    const delivery = new Delivery(publication, acknowledgeEachBytes, clock, {
      onFlushed: (bytes) => {
        this.#bytesSent += bytes
        if (this.#state === 'starting') this.#broadcasting()
      },
      onDropped: (droppedMs) => {
        const isNews = this.#lastError?.code !== 'too_slow'
        this.#droppedAtMs = this.#options.clock.nowMs()
        this.#lastError = tooSlow(this.#droppedMs + droppedMs)
        if (isNews) this.#report()
      },
    })
    this.#delivery = delivery
    this.#watch(publication, delivery)
    for (const batch of this.#carried.take()) this.#deliver(batch)
  }

  #deliver(batch: MediaBatch): void {
    this.#carried.note(batch)
    this.#delivery?.push(batch)
  }

  #watch({ ends, acknowledgesAll = false }: Publication, delivery: Delivery): void {
    if (acknowledgesAll) delivery.kernelHolds(0)
    if (!ends) return
    this.#unwatch = this.#options.kernelWatch?.watch({
      ends,
      inDoubt: () => delivery.inDoubt,
      onReading: (queuedBytes) => {
        delivery.kernelHolds(queuedBytes)
        this.#failIfStalled()
      },
    })
  }

  #failIfStalled(): void {
    if (this.#delivery?.isStalled()) this.#publication?.fail(stalled(this.#target))
  }

  #broadcasting(): void {
    this.#retries = 0
    this.#lastError = null
    this.#broadcastSinceMs = this.#options.clock.nowMs()
    this.#connectedAtUnixMs = this.#options.clock.unixMs()
    this.#move('publishing')
  }

  #lost(failure: PublishFailure): void {
    const { clock, onFault } = this.#options
    if (failure.error.code === 'internal') onFault?.(failure.cause)
    const broadcastMs = this.#broadcastSinceMs === undefined ? 0 : clock.nowMs() - this.#broadcastSinceMs
    this.#release()
    this.#carried.clear()
    const reason = this.#explain(failure, broadcastMs)
    const delayMs = this.#backoff.nextDelayMs(broadcastMs, reason)
    this.#lastError = reason.error
    this.#retryAtUnixMs = clock.unixMs() + delayMs
    this.#cancelRetry = clock.after(delayMs, () => this.#attempt())
    this.#move(reason.rejected ? 'rejected' : 'failed')
  }

  /** What a failure means after all that has been. */
  #explain(failure: PublishFailure, broadcastMs: number): PublishFailure {
    const { code } = failure.error
    const keyWasGood = this.#options.clock.nowMs() - this.#lastBroadcastMs < keyTrustMs
    const endedSoon = code === 'closed_by_platform' && broadcastMs > 0 && broadcastMs < healthyBroadcastMs
    if (broadcastMs > 0) this.#soonEnds = endedSoon ? this.#soonEnds + 1 : 0
    if (endedSoon && this.#soonEnds > soonEndsAllowed) return closedSoon(this.#target)
    return (failure.rejected || code === 'already_live') && keyWasGood ? stillPublishing(failure) : failure
  }

  #attempt(): void {
    this.#forgetRetry()
    this.#retries++
    if (this.#move('attempt')) void this.#open()
  }

  /** Lets go of everything that belongs to one attempt; gives the publication, which may still be open. */
  #release(): Publication | undefined {
    const publication = this.#publication
    if (this.#broadcastSinceMs !== undefined) this.#lastBroadcastMs = this.#options.clock.nowMs()
    this.#droppedMs += this.#delivery?.droppedMs ?? 0
    this.#delivery?.end()
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#opening?.abort()
    this.#opening = undefined
    this.#publication = undefined
    this.#delivery = undefined
    this.#broadcastSinceMs = undefined
    this.#connectedAtUnixMs = undefined
    this.#rate.reset()
    this.#forgetRetry()
    return publication
  }

  #forgetRetry(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#retryAtUnixMs = undefined
  }

  #move(event: DestinationEvent): boolean {
    const next = nextDestinationState(this.#state, event)
    if (next === undefined) return false
    this.#state = next
    this.#report()
    return true
  }

  #report(): void {
    this.#options.onStatus(this.status())
  }
}

function timeText(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString()
}
