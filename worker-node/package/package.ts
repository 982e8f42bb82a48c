import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import type { LatencyModeFigures } from '#schema/latency-modes.ts'
import type { AudioTrack, Sample, SampleSink, Track, VideoTrack } from '../media/sample.ts'
import { dashManifest } from './dash.ts'
import { type PackageFigures, packageFigures } from './figures.ts'
import { Follower } from './follower.ts'
import { mediaPlaylist, multivariantPlaylist } from './hls.ts'
import { TrackPackager } from './track-packager.ts'
import type { Position } from './window.ts'

export interface PackageOptions {
  /** Random part of this session's URLs, so that no cache mixes it with another. */
  readonly epoch: string
  readonly mode: LatencyModeFigures
  /** Sequence number of the first segment: higher than any in an earlier session of this stream. */
  readonly firstMediaSequence: number
  /**
   * Higher by {@link discontinuitiesPerSession} than in any earlier session of this stream, or players keep the old
   * session's timeline; and small, because hls.js keeps an array of that length: at a million it stutters, at a thousand
   * million the page hangs.
   */
  readonly discontinuitySequence: number
  readonly title: string
  /** Whose it is, as it stands now. */
  readonly copyright?: () => CopyrightProfile
  readonly clock: { nowMs(): number }
  /** Wall clock at decode time 0, ms of Unix time. */
  readonly wallClockStartMs: number
  readonly tracks: readonly Track[]
}

/**
 * A number for the first segment that rises from session to session on any worker and in any latency mode: Unix time in
 * seconds, because no session makes more than one segment per second.
 */
export const firstMediaSequence = (wallClockStartMs: number): number => Math.floor(wallClockStartMs / 1000)

/**
 * Changes of configuration in one session that are listed as discontinuities. Further ones only change the map, which
 * players follow too: time goes on as before (rfc8216bis §4.4.4.3 asks for the tag there with "should" alone).
 */
export const discontinuitiesPerSession = 64

/** Names of former renditions that are answered: more than a day of changes by hand. */
const maxFormerNames = 64

/**
 * The media of one session as viewers fetch it: parts, segments and playlists of every track, in memory.
 * Video tracks cut themselves by the same rules at the same keyframes; audio follows the first video track's cuts.
 */
export class Package {
  readonly epoch: string
  readonly figures: PackageFigures
  readonly #options: PackageOptions
  readonly #lead: TrackPackager
  readonly #packagers = new Map<string, TrackPackager>()
  readonly #followers: readonly Follower[]
  readonly #printed = new Map<string, Buffer>()
  #discontinuities = 0
  #state: 'open' | 'goes on elsewhere' | 'over' = 'open'
  #isSuperseded = false
  #former: Package | undefined
  /** Heights of renditions that packages before this one had, by name: {@link maxFormerNames} at most. */
  #formerHeights: ReadonlyMap<string, number> = new Map()
  #snapshot: Buffer | null = null

  constructor(options: PackageOptions) {
    const lead = options.tracks.find((track) => track.kind === 'video') ?? options.tracks[0]
    if (lead === undefined) throw new RangeError('A package has at least one track.')
    this.epoch = options.epoch
    this.figures = packageFigures(options.mode, lead)
    this.#options = options
    for (const track of options.tracks)
      this.#packagers.set(track.id, new TrackPackager(track, this.figures, options.firstMediaSequence))
    this.#lead = this.#packagers.get(lead.id)!
    this.#followers = [...this.#packagers.values()]
      .filter(({ track }) => track.kind !== lead.kind)
      .map((packager) => new Follower(packager, this.#lead))
  }

  /**
   * From the next sample of `track.id` on, `track` holds; for video that is a keyframe. The same as that sample's
   * `begins`. All tracks become discontinuous where the first video track changes; where only sound does, its map changes.
   */
  setTrack(track: Track): void {
    this.#packagers.get(track.id)?.placement.announce(track)
  }

  /** Takes the next sample of a track, in decode order, from 0 on without gaps. */
  readonly onSample: SampleSink = (trackId, sample) => {
    const packager = this.#packagers.get(trackId)
    if (packager === undefined || this.isClosed) return
    const placed = packager.placement.place(sample)
    const follower = this.#followerOf(packager)
    if (follower === undefined) this.#addCutting(packager, placed)
    else {
      follower.hold(placed)
      this.#release(follower)
    }
  }

  /** The newest picture of the stream. */
  setSnapshot(jpeg: Buffer): void {
    this.#snapshot = jpeg
  }

  get snapshot(): Buffer | null {
    return this.#snapshot
  }

  /** Nothing more comes; media can still be fetched. Playlists and manifest end, unless the broadcast `goesOn` in another session. */
  end({ goesOn = false } = {}): void {
    if (this.isClosed) return
    for (const follower of this.#followers) follower.release(true)
    for (const packager of this.#packagers.values()) packager.end()
    this.#state = goesOn ? 'goes on elsewhere' : 'over'
    for (const packager of this.#packagers.values()) this.#changed(packager)
  }

  get isClosed(): boolean {
    return this.#state !== 'open'
  }

  /** Takes the place of another package of the same stream, whose media can be fetched for a window's time yet. */
  follow(former: Package): void {
    this.#former = former
    this.#formerHeights = new Map([...former.#formerHeights, ...former.#heights()].slice(-maxFormerNames))
    former.#former = undefined
    former.#isSuperseded = true
    for (const packager of former.#packagers.values()) packager.waiters.wake()
  }

  /** Another package has taken its place: who waits here should ask there. */
  get isSuperseded(): boolean {
    return this.#isSuperseded
  }

  /** The package with this epoch: this one, or for a while the one before it. */
  ofEpoch(epoch: string): Package | undefined {
    if (epoch === this.epoch) return this
    return this.#former?.epoch === epoch ? this.#former : undefined
  }

  /** For the package that takes its place: higher than any of its own. */
  get nextDiscontinuitySequence(): number {
    return this.#options.discontinuitySequence + this.#discontinuities + 1
  }

  /** True once every track has a segment; before that, playlists are not served. */
  get playable(): boolean {
    return this.#packagers.values().every(({ window }) => window.lastComplete !== undefined)
  }

  /** What serves the media of one track. */
  track(trackId: string): TrackPackager | undefined {
    return this.#packagers.get(trackId)
  }

  /**
   * What the playlist of a track lists. For a rendition that was there before another ladder that is the one of the nearest
   * height: most players read the multivariant playlist only once.
   */
  listed(trackId: string): TrackPackager | undefined {
    const height = this.#formerHeights.get(trackId)
    const present = this.#packagers.get(trackId)
    if (present || height === undefined) return present
    const distance = (packager: TrackPackager<VideoTrack>) => Math.abs(packager.track.height - height)
    return [...this.#packagers.values()].filter(isVideo).toSorted((a, b) => distance(a) - distance(b))[0]
  }

  #heights(): [name: string, height: number][] {
    return [...this.#packagers.values()].filter(isVideo).map(({ track }) => [track.id, track.height])
  }

  multivariant(): Buffer {
    return this.#print('multivariant', () => {
      const packagers = [...this.#packagers.values()]
      return multivariantPlaylist(
        packagers.filter(isVideo),
        packagers.find(isAudio) ?? null,
        this.#options.copyright?.(),
      )
    })
  }

  /** The media playlist of a track, printed once per change. */
  playlist(packager: TrackPackager, skip: boolean): Buffer {
    return this.#print(`${packager.track.id} ${skip}`, () =>
      mediaPlaylist(
        {
          track: packager.track,
          figures: this.figures,
          epoch: this.epoch,
          segments: packager.window.listed,
          firstSequence: packager.window.firstSequence,
          discontinuitySequence: this.#options.discontinuitySequence + packager.window.discontinuitiesGone,
          wallClockStartMs: this.#options.wallClockStartMs,
          hint: this.hint(packager),
          reports: [...this.#packagers.values()].flatMap(({ track, window }) =>
            track === packager.track || window.edge === undefined ? [] : [{ trackId: track.id, edge: window.edge }],
          ),
          startAt: this.#startAt,
          ended: this.#state === 'over',
        },
        skip,
      ),
    )
  }

  /**
   * Where a player of HLS does best to begin; null: a hold-back before the end, as always. Segments without a keyframe at
   * their start give it nothing to begin with, so where there are such, it is the last keyframe before them.
   */
  get #startAt(): number | null {
    if (!this.#lead.changing) return null
    const { window, track, cursor } = this.#lead
    const latest = (cursor - (this.figures.partHoldBack ?? this.figures.holdBack)) * track.timescale
    const listed = window.listed.filter(({ parts }) => parts.length > 0)
    const from = listed.findLastIndex(({ start }) => start <= latest)
    if (listed.slice(Math.max(0, from)).every(({ independent }) => independent)) return null
    const beginning = listed.slice(0, from + 1).findLast(({ independent }) => independent)
    return beginning === undefined ? null : beginning.start / track.timescale
  }

  /** The DASH manifest of all tracks. */
  manifest(): Buffer {
    return this.#print('manifest', () =>
      dashManifest({
        title: this.#options.title,
        ...(this.#options.copyright && { copyright: this.#options.copyright() }),
        epoch: this.epoch,
        figures: this.figures,
        wallClockStartMs: this.#options.wallClockStartMs,
        nowMs: this.#options.clock.nowMs(),
        ended: this.#state === 'over',
        tracks: [...this.#packagers.values()],
      }),
    )
  }

  /** The part that comes next on a track; null when none will. */
  hint(packager: TrackPackager): Position | null {
    if (this.isClosed || this.figures.partTarget === null) return null
    const follower = this.#followerOf(packager)
    return packager.nextPart(follower === undefined ? this.#predictedEnd(packager) : follower.predictedEnd)
  }

  /** Seconds; of a track that cuts itself as the lead does, which may have gone before. */
  #predictedEnd({ window }: TrackPackager): number | undefined {
    const end = (window.open && this.#lead.window.find(window.open.sequence + 1)?.start) ?? this.#lead.predictedEnd
    return end === undefined ? undefined : end / this.#lead.track.timescale
  }

  #followerOf(packager: TrackPackager): Follower | undefined {
    return this.#followers.find((each) => each.packager === packager)
  }

  #addCutting(packager: TrackPackager, sample: Sample): void {
    let changed = false
    if (packager.cutsBefore(sample)) {
      packager.cut(sample, this.#isDiscontinuous(packager, sample))
      changed = true
    }
    if (packager.window.open === undefined) packager.pass(sample)
    else changed = packager.add(sample) || changed
    if (changed) this.#changed(packager)
    if (packager === this.#lead) for (const follower of this.#followers) this.#release(follower)
  }

  /** Whether a segment that begins with this sample is discontinuous: the lead decides, for all. */
  #isDiscontinuous(packager: TrackPackager, sample: Sample): boolean {
    const next = (packager.window.open?.sequence ?? packager.window.firstSequence - 1) + 1
    if (packager !== this.#lead) return this.#lead.window.find(next)?.discontinuous ?? false
    if (sample.begins === undefined || this.#discontinuities >= discontinuitiesPerSession) return false
    this.#discontinuities += 1
    return true
  }

  #release(follower: Follower): void {
    if (follower.release()) this.#changed(follower.packager)
  }

  #changed(packager: TrackPackager): void {
    this.#printed.clear()
    if (this.#lead.window.hasMovedOn) this.#former = undefined
    packager.waiters.wake()
  }

  #print(name: string, print: () => string): Buffer {
    let printed = this.#printed.get(name)
    if (printed === undefined) {
      printed = Buffer.from(print())
      this.#printed.set(name, printed)
    }
    return printed
  }
}

const isVideo = (packager: TrackPackager): packager is TrackPackager<VideoTrack> => packager.track.kind === 'video'
const isAudio = (packager: TrackPackager): packager is TrackPackager<AudioTrack> => packager.track.kind === 'audio'
