import { isDeepStrictEqual } from 'node:util'
import type { PublisherStatus } from '#schema/contracts/destination.ts'
import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import type { SampleSink } from '../media/sample.ts'
import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import { type Clock, systemClock } from './clock.ts'
import { Crossing } from './crossing.ts'
import { Feed, type FeedTracks } from './feed.ts'
import { type KernelWatch, systemKernelWatch } from './kernel-watch.ts'
import { publicationOpener } from './open-publication.ts'
import type { OpenPublication } from './publication.ts'
import { Publisher } from './publisher.ts'
import type { Address } from './target.ts'

/** How often publishers are looked after, milliseconds. */
const tickMs = 500
/** Taken while a feed is not known, bit/s. */
const usualBitrate = 4_000_000

/** A destination as the job names it. */
export interface FanoutDestination extends Address {
  readonly id: string
  readonly enabled: boolean
  /** Certificates (PEM) that this one trusts beside the public ones, for rtmps://. */
  readonly caPem?: string | null
  /** What it gets: the id of a feed. While there is none of that id, nothing is sent and nobody is connected to. */
  readonly feedId: string
}

export interface FanoutOptions {
  /** Named to the platforms in `onMetaData`. */
  readonly title: string
  /** Named there too; a session keeps what holds at its start. */
  readonly copyright?: () => CopyrightProfile
  /** Called after each change of a destination's state, and when it begins or ceases to be too slow. */
  readonly onStatus?: (destinationId: string, status: PublisherStatus) => void
  /** Called for a fault of ours, for the log; it cost that destination an attempt and nobody anything else. */
  readonly onFault?: (destinationId: string, fault: unknown) => void
  /** Certificates (PEM) that all trust beside the public ones. */
  readonly ca?: string
  readonly clock?: Clock
  /** Sends by SRT; without it, such destinations fail and say so. */
  readonly ffmpeg?: FfmpegBinary
  /** Opens publish sessions; a test's own may stand in. */
  readonly open?: OpenPublication
  /** Shared by all fan-outs of a process, so that the kernel is asked once for all. */
  readonly kernelWatch?: KernelWatch
  readonly random?: () => number
}

interface Entry {
  readonly destination: FanoutDestination
  readonly publisher: Publisher
  /** The end of its last session, while it is paused and shortly after. */
  readonly ended: Promise<void> | undefined
}

/**
 * Sends feeds to any number of RTMP, RTMPS and SRT destinations, each over its own connection that fails, waits and recovers by
 * itself, and that is kept where a destination goes over to another feed, without a break. Every message is encoded once and
 * shared by all; nothing is encoded while nobody takes it. Memory: the newest 4 s of each feed once, and some 300 KB at most
 * for each destination that is late.
 */
export class Fanout {
  readonly #options: FanoutOptions
  readonly #clock: Clock
  readonly #feeds = new Map<string, Feed>()
  /** Feeds that were removed, for as long as somebody leaves them. */
  readonly #former = new Map<string, Feed>()
  readonly #crossings = new Map<Publisher, Crossing>()
  #waiting: (() => void)[] = []
  readonly #entries = new Map<string, Entry>()
  #cancelTick: (() => void) | undefined
  #stopped = false
  /** Sessions of destinations that were removed or changed and are still being ended: 2 s at most each. */
  readonly #endings = new Set<Promise<void>>()

  constructor(options: FanoutOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /**
   * Adds a feed, or lets it carry on with other tracks: their decoder configurations go out before the next keyframe, in the
   * same sessions. What only changes its configuration needs no such call: its first sample says what it `begins`.
   */
  setFeed(id: string, tracks: FeedTracks): void {
    const present = this.#feeds.get(id)
    const known = present ?? this.#former.get(id)
    known?.setTracks(tracks)
    if (present) return
    this.#former.delete(id)
    this.#feeds.set(id, known ?? new Feed(tracks, this.#options))
    for (const { destination } of [...this.#entries.values()]) if (destination.feedId === id) this.add(destination)
  }

  hasFeed(id: string): boolean {
    return this.#feeds.has(id)
  }

  /**
   * Nobody is to get this feed any more; who still takes it is left without until it is given another. Who is on the way to
   * another gets it until then, if its samples come.
   */
  removeFeed(id: string): void {
    const feed = this.#feeds.get(id)
    this.#feeds.delete(id)
    if (feed && this.#isLeft(feed)) this.#former.set(id, feed)
    for (const crossing of [...this.#crossings.values()]) if (crossing.to === feed) crossing.end()
  }

  /**
   * Calls back once every destination gets the feed that it is to get: 15 s after that begins to send, at most. Not after
   * {@link stop}.
   */
  whenSettled(done: () => void): void {
    if (this.#crossings.size > 0) this.#waiting.push(done)
    else done()
  }

  /**
   * Adds a destination, or changes the one with that id: a new address or key begins a new publish session, `enabled`
   * starts or ends it, and one that is the same is left alone. Throws a TypeError for a URL that is neither RTMP nor SRT.
   */
  add(destination: FanoutDestination): void {
    const { id, feedId, enabled } = destination
    const present = this.#entries.get(id)
    const feed = this.#feeds.get(feedId)
    const isSame = present !== undefined && isDeepStrictEqual(placeOf(present.destination), placeOf(destination))
    const publisher = present && isSame ? present.publisher : this.#publisher(destination, feed)
    // The platform must have let go of the old session before it gets the new one: the key may be the same.
    const ended = present && !isSame ? this.#end(present.publisher) : present?.ended
    this.#entries.set(id, { destination, publisher, ended: enabled ? ended : this.#end(publisher) })
    this.#cancelTick ??= this.#clock.after(tickMs, () => this.#tick())
    this.#give(publisher, feed)
    if (!enabled || !feed) return
    if (ended) void ended.then(() => this.#startIfWanted(id, publisher))
    else publisher.start()
  }

  /** Ends a destination's broadcast, if there is one, and forgets it. Resolves within 2 s. */
  async remove(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    if (entry) await this.#end(entry.publisher)
  }

  /** Connects at once instead of at `next_retry_at`. */
  retryNow(id: string): void {
    this.#entries.get(id)?.publisher.retryNow()
  }

  /** Ends a destination's broadcast and begins another at once, in which nothing is missing. */
  rollOver(id: string): void {
    this.#entries.get(id)?.publisher.rollOver()
  }

  statuses(): Map<string, PublisherStatus> {
    return new Map(Array.from(this.#entries, ([id, { publisher }]) => [id, publisher.status()]))
  }

  /** Takes the samples of all feeds; those of other tracks are not ours. */
  readonly onSample: SampleSink = (trackId, sample) => {
    for (const feed of [...this.#feeds.values(), ...this.#former.values()])
      if (feed.carries(trackId)) feed.onSample(trackId, sample)
  }

  /** Ends all broadcasts so that the platforms see a clean end, for good. Resolves within 2 s. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#waiting = []
    this.#cancelTick?.()
    this.#cancelTick = undefined
    for (const { publisher } of this.#entries.values()) void this.#end(publisher)
    await Promise.all(this.#endings)
  }

  #end(publisher: Publisher): Promise<void> {
    this.#crossings.get(publisher)?.end()
    for (const { takers } of this.#feeds.values()) takers.delete(publisher)
    const ending = publisher.stop().finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
    return ending
  }

  /** It gets this feed, once there is a place to go over where it has another; undefined: none, at once. */
  #give(publisher: Publisher, feed: Feed | undefined): void {
    const crossing = this.#crossings.get(publisher)
    if (crossing && feed) {
      crossing.goTo(feed)
      return
    }
    crossing?.end()
    const present = [...this.#feeds.values()].find(({ takers }) => takers.has(publisher))
    if (present === feed) return
    if (present?.sent && feed && publisher.wants(true)) {
      this.#crossings.set(publisher, new Crossing(publisher, present, feed, () => this.#crossed(publisher)))
    } else {
      present?.takers.delete(publisher)
      feed?.takers.add(publisher)
    }
  }

  #crossed(publisher: Publisher): void {
    this.#crossings.delete(publisher)
    for (const [id, feed] of this.#former) if (!this.#isLeft(feed)) this.#former.delete(id)
    if (this.#crossings.size > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    // Not from within a change of destinations, which this may bring about another one of.
    queueMicrotask(() => {
      if (!this.#stopped) for (const done of waiting) done()
    })
  }

  #isLeft(feed: Feed): boolean {
    return [...this.#crossings.values()].some(({ from }) => from === feed)
  }

  #startIfWanted(id: string, publisher: Publisher): void {
    const entry = this.#entries.get(id)
    if (entry?.publisher === publisher && entry.destination.enabled && !this.#stopped) publisher.start()
  }

  #publisher(destination: FanoutDestination, feed: Feed | undefined): Publisher {
    const { id } = destination
    const { caPem, ...address } = placeOf(destination)
    const publisher: Publisher = new Publisher({
      ...address,
      authorities: [this.#options.ca, caPem].filter((pem) => typeof pem === 'string'),
      clock: this.#clock,
      open: this.#options.open ?? publicationOpener(this.#options.ffmpeg, id),
      acknowledgeEachBytes: acknowledgeEachBytes(feed?.bitrate ?? usualBitrate),
      kernelWatch: this.#options.kernelWatch ?? systemKernelWatch,
      random: this.#options.random,
      onStatus: (status) => {
        if (this.#entries.get(id)?.publisher === publisher) this.#options.onStatus?.(id, status)
      },
      onFault: (fault) => this.#options.onFault?.(id, fault),
    })
    return publisher
  }

  #tick(): void {
    for (const { publisher } of this.#entries.values()) publisher.tick()
    for (const crossing of [...this.#crossings.values()]) crossing.tick(this.#clock.nowMs())
    this.#cancelTick = this.#clock.after(tickMs, () => this.#tick())
  }
}

/** What a publish session is opened with: another one needs another session. */
const placeOf = ({ url, streamKey, srtPassphrase = null, caPem = null }: FanoutDestination) => ({
  ...{ url, streamKey, srtPassphrase, caPem },
})

/** A quarter of a second of the feed, so that a dead peer shows in time even while a quiet slate plays. */
function acknowledgeEachBytes(bitsPerSecond: number): number {
  return Math.round(Math.min(500_000, Math.max(8_192, bitsPerSecond / 8 / 4)))
}
