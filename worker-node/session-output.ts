import { randomBytes } from 'node:crypto'
import type { PublisherStatus } from '#schema/contracts/destination.ts'
import type { LatencyMode } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { Fanout } from './fanout/fanout.ts'
import type { AudioTrack, SampleSink, Track, VideoTrack } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import { discontinuitiesPerSession, firstMediaSequence, Package } from './package/package.ts'
import { DestinationEvents } from './session-destinations.ts'
import type { OpenDestination } from './session-options.ts'

export interface SessionOutputOptions {
  readonly title: string
  readonly latencyMode: LatencyMode
  /** Number of this session among those of its stream: its fence. */
  readonly sessionNumber: number
  readonly log: Log
  /** What becomes of a destination, for people. */
  readonly onEvent: (type: string, detail: string) => void
}

/** A destination, and the picture that it is to get. */
export interface RoutedDestination extends OpenDestination {
  readonly videoId: string
}

/** A feed that has begun: its tracks, and when its time 0 was (monotonic ms). */
interface BegunFeed {
  readonly tracks: readonly Track[]
  readonly originMs: number
}

/**
 * Where the samples of a session's feeds go: the packager takes the viewers', publishers take what their destination is to
 * get. It lasts as long as the session.
 */
export class SessionOutput {
  readonly #fanout: Fanout
  readonly #destinationEvents: DestinationEvents
  readonly #options: SessionOutputOptions
  readonly #feeds = new Map<string | undefined, BegunFeed>()
  #destinations: readonly RoutedDestination[] = []
  /** The picture that each destination gets now. */
  #routes: ReadonlyMap<string, string> = new Map()
  /** When the first feed began: time 0 of all publish sessions, which destinations keep when they change feeds. */
  #epochMs: number | undefined
  #package: Package | undefined
  #snapshot: Buffer | undefined
  #sentBytes = 0

  constructor(options: SessionOutputOptions) {
    this.#options = options
    this.#destinationEvents = new DestinationEvents(options.onEvent)
    this.#fanout = new Fanout({
      title: options.title,
      onStatus: (id, status) => this.#tell(id, status),
      onFault: (destination, cause) => options.log.error({ err: cause, destination }, 'a publisher failed'),
    })
  }

  /** What viewers fetch; undefined before the first picture. */
  get package(): Package | undefined {
    return this.#package
  }

  /** Payload bytes of all tracks sent so far. */
  get sentBytes(): number {
    return this.#sentBytes
  }

  /** The newest picture, for previews. */
  setSnapshot(jpeg: Buffer): void {
    this.#snapshot = jpeg
    this.#package?.setSnapshot(jpeg)
  }

  /** A feed begins: with these tracks, and time 0 at `originMs` (monotonic). The one without an id is the viewers'. */
  beginFeed(feedId: string | undefined, tracks: readonly Track[], originMs: number): void {
    this.#epochMs ??= originMs
    this.#feeds.set(feedId, { tracks, originMs })
    if (feedId === undefined) this.#startPackage(tracks, originMs)
    this.#route()
  }

  /** Nothing comes of this feed any more. */
  endFeed(feedId: string): void {
    this.#feeds.delete(feedId)
    this.#route()
  }

  /** A new configuration of destinations, which is also how an operator says "try again now". */
  setDestinations(destinations: readonly RoutedDestination[]): void {
    const ids = destinations.map(({ id }) => id)
    this.#destinations = destinations
    for (const id of this.#fanout.statuses().keys()) if (!ids.includes(id)) void this.#fanout.remove(id)
    this.#route()
    for (const id of ids) this.#fanout.retryNow(id)
    this.#destinationEvents.keepOnly(ids)
  }

  publishers(): Map<string, PublisherStatus> {
    return this.#fanout.statuses()
  }

  /** The picture that a destination gets now. */
  videoOf(destinationId: string): string | undefined {
    const videoId = this.#routes.get(destinationId)
    return videoId !== undefined && this.#fanout.hasFeed(videoId) ? videoId : undefined
  }

  /** Ends the broadcast: ENDLIST, static manifest, unpublish at every destination. Resolves within 2 s. */
  async end(): Promise<void> {
    this.#package?.end()
    await this.#fanout.stop()
  }

  readonly onSample: SampleSink = (trackId, sample) => {
    this.#sentBytes += sample.payload.byteLength
    if (sample.begins) this.#follow(sample.begins)
    this.#package?.onSample(trackId, sample)
    this.#fanout.onSample(trackId, sample)
  }

  /** Who comes later begins with the configuration of now; who is there reads of the change in the sample. */
  #follow(track: Track): void {
    for (const [feedId, { tracks, originMs }] of this.#feeds) {
      if (!tracks.some(({ id }) => id === track.id)) continue
      this.#feeds.set(feedId, { originMs, tracks: tracks.map((each) => (each.id === track.id ? track : each)) })
    }
  }

  /** Gives every destination the picture that it is to get, once that has begun; until then it keeps the one it has. */
  #route(): void {
    const begun = new Map([...this.#feeds.values()].flatMap((feed) => videosOf(feed)))
    const routes = new Map(
      this.#destinations.flatMap(({ id, videoId }) => {
        const had = this.#routes.get(id)
        const gets = begun.has(videoId) || had === undefined || !begun.has(had) ? videoId : had
        return [[id, gets] as const]
      }),
    )
    const before = new Set(this.#routes.values())
    const after = new Set(routes.values())
    this.#routes = routes
    for (const videoId of after) {
      const feed = begun.get(videoId)
      if (feed && !this.#fanout.hasFeed(videoId))
        this.#fanout.setFeed(videoId, { ...feed, beginsAtMs: Math.round(feed.originMs - (this.#epochMs ?? 0)) })
    }
    for (const destination of this.#destinations)
      this.#fanout.add({ ...destination, feedId: routes.get(destination.id) ?? destination.videoId })
    for (const videoId of before) if (!after.has(videoId)) this.#fanout.removeFeed(videoId)
  }

  #tell(id: string, status: PublisherStatus): void {
    const destination = this.#destinations.find((each) => each.id === id)
    if (destination) this.#destinationEvents.report(id, destination.url, status)
  }

  #startPackage(tracks: readonly Track[], originMs: number): void {
    const mode = latencyModeFigures[this.#options.latencyMode]
    const wallClockStartMs = Date.now() - (performance.now() - originMs)
    this.#package = new Package({
      epoch: randomBytes(6).toString('hex'),
      mode,
      firstMediaSequence: firstMediaSequence(wallClockStartMs),
      discontinuitySequence: this.#options.sessionNumber * discontinuitiesPerSession,
      title: this.#options.title,
      clock: { nowMs: Date.now },
      wallClockStartMs,
      tracks,
    })
    if (this.#snapshot) this.#package.setSnapshot(this.#snapshot)
  }
}

/** The pictures of a feed, each with its sound. */
function videosOf({ tracks, originMs }: BegunFeed) {
  const audio = tracks.find((track): track is AudioTrack => track.kind === 'audio')
  if (!audio) throw new Error('A feed needs a sound track.')
  const videos = tracks.filter((track): track is VideoTrack => track.kind === 'video')
  return videos.map((video) => [video.id, { video, audio, originMs }] as const)
}
