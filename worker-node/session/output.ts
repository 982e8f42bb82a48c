import type { DestinationTimes, PublisherStatus } from '#schema/contracts/destination.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import { systemClock } from '../fanout/clock.ts'
import type { Fanout } from '../fanout/fanout.ts'
import type { OpenPublication } from '../fanout/publication.ts'
import type { AudioTrack, SampleSink, Track, VideoTrack } from '../media/sample.ts'
import type { Log } from '../observe/log.ts'
import type { Package } from '../package/package.ts'
import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import type { OnSessionEvent, OpenDestination } from './options.ts'
import { SessionPublishers } from './publishers.ts'
import { type PackageSettings, SessionViewers, type SessionViewersOptions } from './viewers.ts'

/**
 * Time 0 of publish sessions is so long before the first feed began: another one of the same run may begin with an older
 * keyframe, which lies 12 s back at most, and no time may be negative. Milliseconds.
 */
const headStartMs = 15_000

export interface SessionOutputOptions extends SessionViewersOptions {
  readonly log: Log
  /** Sends by SRT. */
  readonly ffmpeg: FfmpegBinary
  /** What becomes of a destination, for people. */
  readonly onEvent: OnSessionEvent
  /** Control's time, Unix milliseconds; the machine's where it is left out. */
  readonly unixMs: (() => number) | undefined
  /** Opens publish sessions; a test's own may stand in. */
  readonly open?: OpenPublication
}

/** A destination, and the picture that it is to get. */
export interface RoutedDestination extends OpenDestination {
  readonly videoId: string
}

/** Running totals of a track. */
export interface SentMedia {
  readonly bytes: number
  /** Pictures, or frames of sound. */
  readonly samples: number
}

/** A feed: its tracks, and when its time 0 was (monotonic ms); undefined until it begins. */
interface KnownFeed {
  readonly tracks: readonly Track[]
  readonly originMs: number | undefined
}

/**
 * Where the samples of a session's feeds go: the packager takes the viewers', publishers take what their destination is to
 * get. It lasts as long as the session.
 */
export class SessionOutput {
  readonly #fanout: Fanout
  readonly #publishers: SessionPublishers
  readonly #viewers: SessionViewers
  readonly #feeds = new Map<string | undefined, KnownFeed>()
  #destinations: readonly RoutedDestination[] = []
  /** The picture that each destination gets now. */
  #routes: ReadonlyMap<string, string> = new Map()
  /** Time 0 of all publish sessions, which destinations keep when they change feeds. */
  #epochMs: number | undefined
  #sentBytes = 0
  /** The same of each track; those of feeds that are over go with them. */
  readonly #sentByTrack = new Map<string, SentMedia>()

  constructor(options: SessionOutputOptions) {
    this.#viewers = new SessionViewers(options)
    this.#publishers = new SessionPublishers({
      title: options.title,
      ...(options.copyright && { copyright: options.copyright }),
      ffmpeg: options.ffmpeg,
      ...(options.open && { open: options.open }),
      clock: { ...systemClock, ...(options.unixMs && { unixMs: options.unixMs }) },
      onEvent: options.onEvent,
      onFault: (destination, cause) => options.log.error({ err: cause, destination }, 'a publisher failed'),
    })
    this.#fanout = this.#publishers.fanout
  }

  /** What viewers fetch; undefined before the first picture. */
  get package(): Package | undefined {
    return this.#viewers.package
  }

  /** Payload bytes of all tracks sent so far. */
  get sentBytes(): number {
    return this.#sentBytes
  }

  /** What was sent so far of each track of the feeds that there are. */
  get sentByTrack(): ReadonlyMap<string, SentMedia> {
    return this.#sentByTrack
  }

  /** The newest picture, for previews. */
  setSnapshot(jpeg: Buffer): void {
    this.#viewers.setSnapshot(jpeg)
  }

  /** A feed is about to begin, with these tracks: destinations that get nothing yet connect meanwhile. */
  expectFeed(key: string | undefined, tracks: readonly Track[]): void {
    this.#feeds.set(key, { tracks, originMs: undefined })
    this.#route()
  }

  /** A feed begins: with these tracks, and time 0 at `originMs` (monotonic). Viewers get those that say how to package. */
  beginFeed(
    key: string | undefined,
    tracks: readonly Track[],
    originMs: number,
    packageSettings: PackageSettings | undefined,
  ): void {
    this.#epochMs ??= originMs - headStartMs
    const feed = { tracks, originMs }
    this.#feeds.set(key, feed)
    for (const [id, video] of videosOf(feed)) if (this.#fanout.hasFeed(id)) this.#setFeed(id, video)
    if (packageSettings) this.#viewers.begin(tracks, originMs, packageSettings)
    this.#route()
  }

  /** Calls back once viewers get the newest feed that is for them, and destinations theirs. */
  whenSettled(done: () => void): void {
    this.#viewers.whenSettled(() => this.#fanout.whenSettled(done))
  }

  /** Nothing comes of this feed any more. */
  endFeed(key: string | undefined): void {
    for (const { id } of this.#feeds.get(key)?.tracks ?? []) this.#sentByTrack.delete(id)
    this.#feeds.delete(key)
    this.#route()
  }

  /** A new configuration of destinations. Those that were changed, or ordered to, try again at once. */
  setDestinations(destinations: readonly RoutedDestination[]): void {
    const ids = destinations.map(({ id }) => id)
    const before = new Map(this.#destinations.map((each) => [each.id, each.changedAt]))
    this.#destinations = destinations
    this.#publishers.keepOnly(ids)
    this.#route()
    for (const { id, changedAt } of destinations) if (before.get(id) !== changedAt) this.#fanout.retryNow(id)
  }

  publishers(): Map<string, PublisherStatus & DestinationTimes> {
    return this.#publishers.statuses()
  }

  /** What is about to become of destinations. */
  get issues(): Issue[] {
    return this.#publishers.issues
  }

  /** The picture that a destination gets now. */
  videoOf(destinationId: string): string | undefined {
    const videoId = this.#routes.get(destinationId)
    return videoId !== undefined && this.#fanout.hasFeed(videoId) ? videoId : undefined
  }

  /**
   * Ends the session: unpublish at every destination; ENDLIST and static manifest, unless the broadcast `goesOn` with another
   * session. Resolves within 2 s.
   */
  async end({ goesOn = false } = {}): Promise<void> {
    this.#viewers.end(goesOn)
    await this.#publishers.stop()
  }

  readonly onSample: SampleSink = (trackId, sample) => {
    this.#sentBytes += sample.payload.byteLength
    const { bytes = 0, samples = 0 } = this.#sentByTrack.get(trackId) ?? {}
    this.#sentByTrack.set(trackId, { bytes: bytes + sample.payload.byteLength, samples: samples + 1 })
    if (sample.begins) this.#follow(sample.begins)
    this.#viewers.onSample(trackId, sample)
    this.#fanout.onSample(trackId, sample)
  }

  /** Who comes later begins with the configuration of now; who is there reads of the change in the sample. */
  #follow(track: Track): void {
    for (const [feedId, { tracks, originMs }] of this.#feeds) {
      if (!tracks.some(({ id }) => id === track.id)) continue
      this.#feeds.set(feedId, { originMs, tracks: tracks.map((each) => (each.id === track.id ? track : each)) })
    }
  }

  /**
   * Gives every destination the picture that it is to get, once that has begun; until then, and until that comes to a place
   * where it may follow, it keeps the one it has.
   */
  #route(): void {
    const known = new Map([...this.#feeds.values()].flatMap((feed) => videosOf(feed)))
    const hasBegun = (videoId: string) => known.get(videoId)?.originMs !== undefined
    const routes = new Map(
      this.#destinations.flatMap(({ id, videoId }) => {
        const had = this.#routes.get(id)
        const gets = hasBegun(videoId) || had === undefined || !hasBegun(had) ? videoId : had
        return [[id, gets] as const]
      }),
    )
    const before = new Set(this.#routes.values())
    const after = new Set(routes.values())
    this.#routes = routes
    for (const videoId of after) {
      const video = known.get(videoId)
      if (video && !this.#fanout.hasFeed(videoId)) this.#setFeed(videoId, video)
    }
    for (const destination of this.#destinations)
      this.#publishers.add({ ...destination, feedId: routes.get(destination.id) ?? destination.videoId })
    for (const videoId of before) if (!after.has(videoId)) this.#fanout.removeFeed(videoId)
  }

  #setFeed(videoId: string, { video, audio, originMs }: KnownVideo): void {
    const beginsAtMs = originMs === undefined ? 0 : Math.round(originMs - (this.#epochMs ?? originMs))
    this.#fanout.setFeed(videoId, { video, audio, beginsAtMs })
  }
}

/** One picture of a feed, with its sound. */
interface KnownVideo extends Pick<KnownFeed, 'originMs'> {
  readonly video: VideoTrack
  readonly audio: AudioTrack
}

/** The pictures of a feed. */
function videosOf({ tracks, originMs }: KnownFeed): (readonly [videoId: string, KnownVideo])[] {
  const audio = tracks.find((track): track is AudioTrack => track.kind === 'audio')
  if (!audio) throw new Error('A feed needs a sound track.')
  const videos = tracks.filter((track): track is VideoTrack => track.kind === 'video')
  return videos.map((video) => [video.id, { video, audio, originMs }] as const)
}
