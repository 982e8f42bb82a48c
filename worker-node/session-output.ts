import { randomBytes } from 'node:crypto'
import type { DestinationStatus } from '#schema/contracts/destination.ts'
import type { LatencyMode } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { Fanout } from './fanout/fanout.ts'
import type { AudioTrack, Sample, SampleSink, Track, VideoTrack } from './media/sample.ts'
import type { Log } from './observe/log.ts'
import { discontinuitiesPerSession, firstMediaSequence, Package } from './package/package.ts'
import { DestinationEvents } from './session-destinations.ts'
import type { OpenDestination } from './session-options.ts'
import type { SlateSamples } from './splice/slate-loop.ts'
import { Splicer } from './splice/splicer.ts'

/** Time passes in the splicer in steps of this, milliseconds: under one picture at 30 frames per second. */
const tickMs = 20

export interface SessionOutputOptions {
  readonly title: string
  readonly latencyMode: LatencyMode
  /** Number of this session among those of its stream: its fence. */
  readonly sessionNumber: number
  /** Every track of the plan. */
  readonly tracks: readonly Track[]
  readonly log: Log
  readonly destinations: readonly OpenDestination[]
  readonly onSwitch: (onAir: 'live' | 'slate') => void
  /** What becomes of a destination, for people. */
  readonly onEvent: (type: string, detail: string) => void
}

/**
 * The output side of a session: timeline, packager and publishers. It lives as long as the session, whatever becomes
 * of the input: `splicer` is what the input side feeds.
 */
export class SessionOutput {
  readonly splicer: Splicer
  tracks: readonly Track[]
  readonly #fanout: Fanout
  readonly #destinationEvents: DestinationEvents
  readonly #options: SessionOutputOptions
  readonly #ticker: NodeJS.Timeout
  #destinations: readonly OpenDestination[]
  #package: Package | undefined
  #snapshot: Buffer | undefined
  #sentBytes = 0

  constructor(options: SessionOutputOptions) {
    this.#options = options
    this.#destinations = options.destinations
    this.#destinationEvents = new DestinationEvents(options.onEvent)
    this.tracks = options.tracks
    this.#fanout = new Fanout({
      title: options.title,
      onStatus: (id, status) => this.#tell(id, status),
      onFault: (destination, cause) => options.log.error({ err: cause, destination }, 'a publisher failed'),
    })
    this.splicer = new Splicer({
      tracks: options.tracks,
      output: this.#send,
      onSwitch: options.onSwitch,
      onStart: (originMs) => this.#startPackage(originMs),
    })
    const { video, audio } = this.#programme()
    this.#fanout.setFeed(video.id, { video, audio, beginsAtMs: 0 })
    this.#addDestinations()
    this.#ticker = setInterval(() => this.splicer.tick(performance.now()), tickMs)
  }

  /** What viewers fetch; undefined before the first picture. */
  get package(): Package | undefined {
    return this.#package
  }

  /** Payload bytes of all tracks sent so far. */
  get sentBytes(): number {
    return this.#sentBytes
  }

  /** Puts the slate on air before any source has come (always-on streams). */
  startWithSlate(slate: SlateSamples): void {
    this.splicer.provideSlate(slate)
    this.splicer.startSlate(performance.now())
  }

  /** The newest picture, for previews. */
  setSnapshot(jpeg: Buffer): void {
    this.#snapshot = jpeg
    this.#package?.setSnapshot(jpeg)
  }

  /** A new configuration of destinations, which is also how an operator says "try again now". */
  setDestinations(destinations: readonly OpenDestination[]): void {
    const ids = destinations.map(({ id }) => id)
    this.#destinations = destinations
    for (const id of this.#fanout.statuses().keys()) if (!ids.includes(id)) void this.#fanout.remove(id)
    this.#addDestinations()
    for (const id of ids) this.#fanout.retryNow(id)
    this.#destinationEvents.keepOnly(ids)
  }

  destinationStatuses(): Map<string, DestinationStatus> {
    return this.#fanout.statuses()
  }

  #addDestinations(): void {
    const feedId = this.#programme().video.id
    for (const destination of this.#destinations) this.#fanout.add({ ...destination, feedId })
  }

  /** Ends the broadcast: ENDLIST, static manifest, unpublish at every destination. Resolves within 2 s. */
  async end(): Promise<void> {
    clearInterval(this.#ticker)
    this.#package?.end()
    await this.#fanout.stop()
  }

  readonly #send: SampleSink = (trackId: string, sample: Sample) => {
    this.#sentBytes += sample.payload.byteLength
    if (sample.begins) this.#setTrack(sample.begins)
    this.#package?.onSample(trackId, sample)
    this.#fanout.onSample(trackId, sample)
  }

  /** From the next sample of this track on another decoder configuration holds; packager and publishers see it there. */
  #setTrack(track: Track): void {
    this.tracks = this.tracks.map((each) => (each.id === track.id ? track : each))
  }

  #tell(id: string, status: DestinationStatus): void {
    const destination = this.#destinations.find((each) => each.id === id)
    if (destination) this.#destinationEvents.report(id, destination.url, status)
  }

  /** What destinations get: the best picture, and the sound. */
  #programme(): { video: VideoTrack; audio: AudioTrack } {
    const video = this.tracks.find((track) => track.kind === 'video')
    const audio = this.tracks.find((track) => track.kind === 'audio')
    if (!video || !audio) throw new Error('A session needs a picture and a sound track.')
    return { video, audio }
  }

  #startPackage(originMs: number): void {
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
      tracks: this.tracks,
    })
    if (this.#snapshot) this.#package.setSnapshot(this.#snapshot)
  }
}
