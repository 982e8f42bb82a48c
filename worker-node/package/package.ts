import type { LatencyModeFigures } from '#schema/latency-modes.ts'
import type { AudioTrack, Sample, SampleSink, Track, VideoTrack } from '../media/sample.ts'
import { dashManifest } from './dash.ts'
import { type PackageFigures, packageFigures } from './figures.ts'
import { mediaPlaylist, multivariantPlaylist } from './hls.ts'
import { presentationTime } from './parts.ts'
import { TrackPackager } from './track-packager.ts'
import type { Position } from './window.ts'

export interface PackageOptions {
  /** Random part of this session's URLs, so that no cache mixes it with another. */
  readonly epoch: string
  readonly mode: LatencyModeFigures
  /** Sequence number of the first segment: higher than any in an earlier session of this stream. */
  readonly firstMediaSequence: number
  /**
   * Higher than in any earlier session of this stream, or players keep the old session's timeline; and small, because
   * hls.js keeps an array of that length: at a million it stutters, at a thousand million the page hangs.
   */
  readonly discontinuitySequence: number
  readonly title: string
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

/** Audio frames that may wait for the picture, about 20 s; past that the oldest are let go. */
const heldFrames = 1_000

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
  readonly #held = new Map<TrackPackager, Sample[]>()
  readonly #printed = new Map<string, Buffer>()
  #ended = false
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
  }

  /** Takes the next sample of a track, in decode order, from 0 on without gaps. */
  readonly onSample: SampleSink = (trackId, sample) => {
    const packager = this.#packagers.get(trackId)
    if (packager === undefined || this.#ended) return
    if (packager.track.kind === this.#lead.track.kind) this.#addCutting(packager, sample)
    else this.#hold(packager, sample)
  }

  /** The newest picture of the stream. */
  setSnapshot(jpeg: Buffer): void {
    this.#snapshot = jpeg
  }

  get snapshot(): Buffer | null {
    return this.#snapshot
  }

  /** The broadcast is over: playlists end, the manifest is static, media can still be fetched. */
  end(): void {
    if (this.#ended) return
    for (const [packager, samples] of this.#held) for (const sample of samples) this.#follow(packager, sample)
    this.#held.clear()
    for (const packager of this.#packagers.values()) packager.end()
    this.#ended = true
    for (const packager of this.#packagers.values()) this.#changed(packager)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** True once every track has a segment; before that, playlists are not served. */
  get playable(): boolean {
    return this.#packagers.values().every(({ window }) => window.lastComplete !== undefined)
  }

  /** What serves the media of one track. */
  track(trackId: string): TrackPackager | undefined {
    return this.#packagers.get(trackId)
  }

  multivariant(): Buffer {
    return this.#print('multivariant', () => {
      const packagers = [...this.#packagers.values()]
      return multivariantPlaylist(packagers.filter(isVideo), packagers.find(isAudio) ?? null)
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
          discontinuitySequence: this.#options.discontinuitySequence,
          wallClockStartMs: this.#options.wallClockStartMs,
          hint: this.hint(packager),
          reports: [...this.#packagers.values()].flatMap(({ track, window }) =>
            track === packager.track || window.edge === undefined ? [] : [{ trackId: track.id, edge: window.edge }],
          ),
          ended: this.#ended,
        },
        skip,
      ),
    )
  }

  /** The DASH manifest of all tracks. */
  manifest(): Buffer {
    return this.#print('manifest', () =>
      dashManifest({
        title: this.#options.title,
        epoch: this.epoch,
        figures: this.figures,
        wallClockStartMs: this.#options.wallClockStartMs,
        nowMs: this.#options.clock.nowMs(),
        ended: this.#ended,
        tracks: [...this.#packagers.values()],
      }),
    )
  }

  /** The part that comes next on a track; null when none will. */
  hint(packager: TrackPackager): Position | null {
    if (this.#ended || this.figures.partTarget === null) return null
    const { open } = packager.window
    const cut = open && this.#lead.window.find(open.sequence + 1)?.start
    const end = cut ?? this.#lead.predictedEnd
    return packager.nextPart(end === undefined ? undefined : end / this.#lead.track.timescale)
  }

  #addCutting(packager: TrackPackager, sample: Sample): void {
    let changed = false
    if (packager.cutsBefore(sample)) {
      packager.cut(presentationTime(sample))
      changed = true
    }
    if (packager.window.open === undefined) return // not yet a keyframe
    changed = packager.add(sample) || changed
    if (changed) this.#changed(packager)
    if (packager === this.#lead) for (const follower of this.#held.keys()) this.#release(follower)
  }

  #hold(packager: TrackPackager, sample: Sample): void {
    const held = this.#held.get(packager) ?? []
    held.push(sample)
    if (held.length > heldFrames) held.shift()
    this.#held.set(packager, held)
    this.#release(packager)
  }

  /** Lets go of the samples before the leader's cursor: whether it cuts before them is known. */
  #release(packager: TrackPackager): void {
    const held = this.#held.get(packager) ?? []
    const time = (sample: Sample) => presentationTime(sample) / packager.track.timescale
    let changed = false
    while (held[0] !== undefined && time(held[0]) < this.#lead.cursor)
      changed = this.#follow(packager, held.shift()!) || changed
    if (changed) this.#changed(packager)
  }

  /** Adds a sample, after a cut if the leader has cut before it; true if a part or segment was completed. */
  #follow(packager: TrackPackager, sample: Sample): boolean {
    const { open, firstSequence } = packager.window
    const next = open === undefined ? firstSequence : open.sequence + 1
    const boundary = this.#lead.window.find(next)?.start
    const start = presentationTime(sample)
    const cuts =
      boundary !== undefined && start / packager.track.timescale >= boundary / this.#lead.track.timescale - 1e-9
    if (cuts) packager.cut(start)
    if (packager.window.open === undefined) return false // before the leader's first keyframe
    return packager.add(sample) || cuts
  }

  #changed(packager: TrackPackager): void {
    this.#printed.clear()
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
