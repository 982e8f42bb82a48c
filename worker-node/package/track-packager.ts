import type { Sample, Track } from '../media/sample.ts'
import { Waiters } from './blocking.ts'
import { type Configuration, Configurations } from './configurations.ts'
import { isChanging, type PackageFigures } from './figures.ts'
import { PartCutter, type PartRules, partRules } from './part-cutter.ts'
import { makePart } from './parts.ts'
import { Placement } from './placement.ts'
import { type CutRules, cutRules, cutsBefore, type Growth, predictedLength } from './segmenter.ts'
import { type Position, type Segment, SegmentWindow } from './window.ts'

/** Requests that one track lets wait at a time; a waiter costs about 1 KB. */
const waiterLimit = 10_000

/** Turns the samples of one track into parts and segments. Tells nobody: the package does, after each change. */
export class TrackPackager<Kind extends Track = Track> {
  readonly configurations: Configurations<Kind>
  readonly window: SegmentWindow
  /** What samples must go through before they come here. */
  readonly placement: Placement
  readonly waiters = new Waiters(waiterLimit)
  /** Whether this is somebody else's encode. */
  readonly changing: boolean
  readonly #figures: PackageFigures
  readonly #rules: CutRules
  readonly #parts = new PartCutter()
  #partRules: PartRules
  #configuration: Configuration<Kind>
  #fragments = 0
  /** Presentation time − decode time of the first sample, ticks: what segments are placed by. */
  #delay: number | undefined
  #lastKeyframe = 0
  #keyframeDistance: number
  #end = 0
  #peakBitrate: number

  constructor(track: Kind, figures: PackageFigures, firstSequence: number) {
    this.changing = isChanging(track)
    this.configurations = new Configurations(track)
    this.#configuration = this.configurations.of(track, () => false)
    this.placement = new Placement(track)
    this.window = new SegmentWindow(firstSequence, figures.windowSegments * figures.targetDuration * track.timescale)
    this.#figures = figures
    this.#rules = cutRules(figures, track)
    this.#partRules = this.#rulesForParts()
    this.#keyframeDistance = figures.gopSeconds * track.timescale
    this.#peakBitrate = Math.round(track.bitrate * 1.2)
  }

  /** What the open segment is decoded with. */
  get configuration(): Configuration<Kind> {
    return this.#configuration
  }

  /** The track as the open segment has it; its timescale is that of the first configuration. */
  get track(): Kind {
    return this.#configuration.track
  }

  /** End of the last sample in decode order, seconds: no later sample is decoded or shown before it. */
  get cursor(): number {
    return this.#end / this.track.timescale
  }

  /** Highest bit rate of a segment yet, bit/s; at least a fifth over what the encoder was told. */
  get peakBitrate(): number {
    return this.#peakBitrate
  }

  /** Presentation time of a sample that begins a segment, ticks. */
  startOf(sample: Sample): number {
    this.#delay ??= sample.compositionOffset
    return sample.dts + this.#delay
  }

  /** Whether the segmenter's rules begin a segment with this sample. */
  cutsBefore(sample: Sample): boolean {
    const { open } = this.window
    if (open === undefined) return sample.keyframe
    if (sample.begins) return true
    const start = this.startOf(sample)
    // Where nobody promises when keyframes come, the next is thought to be as far off as the last one is.
    const growth = this.#growth(open, start - this.#lastKeyframe)
    return cutsBefore(start - open.start, sample.duration, sample.keyframe, growth)
  }

  /** Ends the open segment, if there is one, and begins the next with this sample. */
  cut(sample: Sample, discontinuous = false): void {
    const start = this.startOf(sample)
    if (this.window.open !== undefined) this.#close(start)
    const isFirst = this.window.lastComplete === undefined
    if (sample.begins) this.#begin(sample.begins as Kind)
    this.window.begin({
      start,
      configuration: this.#configuration,
      discontinuous: discontinuous && !isFirst,
      independent: sample.keyframe,
    })
    if (!this.changing) this.#lastKeyframe = start
  }

  /** Takes a sample into the open segment; true if it completed a part. */
  add(sample: Sample): boolean {
    this.#end = sample.dts + sample.duration
    if (sample.keyframe && this.track.kind === 'video')
      this.#noteKeyframe(this.startOf(sample), sample.begins !== undefined)
    const complete = this.#parts.add(sample, this.#partRules)
    for (const samples of complete) this.#makePart(samples)
    return complete.length > 0
  }

  /** A sample that no segment holds, because the first has not begun: only what it says of the track counts. */
  pass(sample: Sample): void {
    if (sample.begins) this.#begin(sample.begins as Kind)
  }

  /** Completes what is open: no sample will follow. */
  end(): void {
    const { open } = this.window
    if (open === undefined) return
    this.#makePart(this.#parts.take())
    this.#close(open.start + open.duration)
  }

  /** Presentation time at which the open segment probably ends, ticks. */
  get predictedEnd(): number | undefined {
    const { open } = this.window
    if (open === undefined) return undefined
    const length = predictedLength(
      this.#lastKeyframe - open.start,
      this.#keyframeDistance,
      this.#end + (this.#delay ?? 0) - open.start,
      this.track.frameDuration,
      this.#growth(open, this.#keyframeDistance),
    )
    return open.start + length
  }

  /** The part that probably comes next, if the open segment ends at `segmentEnd` seconds. */
  nextPart(segmentEnd: number | undefined): Position | null {
    const { open } = this.window
    if (open === undefined) return null
    const nextStart = (open.start + open.duration) / this.track.timescale
    const halfFrame = this.track.frameDuration / this.track.timescale / 2
    return segmentEnd !== undefined && nextStart >= segmentEnd - halfFrame
      ? { sequence: open.sequence + 1, part: 0 }
      : { sequence: open.sequence, part: open.parts.length }
  }

  #begin(track: Kind): void {
    this.#configuration = this.configurations.of(track, (each) => this.window.uses(each))
    this.#partRules = this.#rulesForParts()
  }

  #rulesForParts(): PartRules {
    const { timescale, frameDuration } = this.track
    return partRules(this.#figures.chunkSeconds * timescale, frameDuration, this.changing)
  }

  #growth(open: Segment, lastDistance: number): Growth {
    return {
      isFirst: open.sequence === this.window.firstSequence,
      keyframeDistance: this.changing ? lastDistance : this.#rules.keyframeDistance,
      rules: this.#rules,
    }
  }

  #noteKeyframe(time: number, isSplice: boolean): void {
    if (time <= this.#lastKeyframe) return
    const distance = time - this.#lastKeyframe
    const promised = this.#figures.gopSeconds * this.track.timescale
    // Splices bring keyframes of ours closer together, never farther apart: the usual distance is the promised one.
    if (!this.changing)
      this.#keyframeDistance = Math.min(this.#rules.keyframeDistance, Math.max(this.#keyframeDistance, distance))
    else this.#keyframeDistance = isSplice ? promised : distance
    this.#lastKeyframe = time
  }

  #makePart(samples: readonly Sample[]): void {
    const { open } = this.window
    if (open === undefined || samples.length === 0) return
    this.#fragments += 1
    this.window.add(makePart(this.#configuration, open.parts.length, samples, this.#fragments))
  }

  #close(end: number): void {
    this.#makePart(this.#parts.take())
    const open = this.window.open!
    this.window.close(end)
    // What is shorter than half the target duration says nothing of the bit rate (rfc8216bis §4.4.6.2, BANDWIDTH).
    if (open.duration < (this.#figures.targetDuration * this.track.timescale) / 2) return
    this.#peakBitrate = Math.max(
      this.#peakBitrate,
      Math.ceil((open.sizeBytes * 8 * this.track.timescale) / open.duration),
    )
  }
}
