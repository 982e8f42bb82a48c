import { initSegment } from '../media/init-segment.ts'
import type { Sample, Track } from '../media/sample.ts'
import { Waiters } from './blocking.ts'
import { framesPerChunk, type PackageFigures } from './figures.ts'
import { makePart, presentationTime } from './parts.ts'
import { type CutRules, cutRules, cutsBefore, predictedLength } from './segmenter.ts'
import { type Position, type Segment, SegmentWindow } from './window.ts'

/** Requests that one track lets wait at a time; a waiter costs about 1 KB. */
const waiterLimit = 10_000

/** Turns the samples of one track into parts and segments. Tells nobody: the package does, after each change. */
export class TrackPackager<Kind extends Track = Track> {
  readonly track: Kind
  readonly init: Buffer
  readonly window: SegmentWindow
  readonly waiters = new Waiters(waiterLimit)
  readonly #rules: CutRules
  readonly #framesPerChunk: number
  #samples: Sample[] = []
  #fragments = 0
  #lastKeyframe = 0
  #keyframeDistance: number
  #end = 0
  #peakBitrate: number

  constructor(track: Kind, figures: PackageFigures, firstSequence: number) {
    this.track = track
    this.init = initSegment(track)
    this.window = new SegmentWindow(firstSequence, figures.windowSegments * figures.targetDuration * track.timescale)
    this.#rules = cutRules(figures, track)
    this.#framesPerChunk = framesPerChunk(figures, track)
    this.#keyframeDistance = figures.gopSeconds * track.timescale
    this.#peakBitrate = Math.round(track.bitrate * 1.2)
  }

  /** End of the last sample in decode order, seconds: no later sample is decoded or shown before it. */
  get cursor(): number {
    return this.#end / this.track.timescale
  }

  /** Highest bit rate of a segment yet, bit/s; at least a fifth over what the encoder was told. */
  get peakBitrate(): number {
    return this.#peakBitrate
  }

  /** Whether the segmenter's rules begin a segment with this sample. */
  cutsBefore(sample: Sample): boolean {
    const { open } = this.window
    if (open === undefined) return sample.keyframe
    return cutsBefore(presentationTime(sample) - open.start, sample.keyframe, this.#inFirst(open), this.#rules)
  }

  /** Ends the open segment, if there is one, and begins the next at the presentation time `start`, ticks. */
  cut(start: number): void {
    if (this.window.open !== undefined) this.#close(start)
    this.window.begin(start)
    this.#lastKeyframe = start
  }

  /** Takes a sample into the open segment; true if it completed a part. */
  add(sample: Sample): boolean {
    this.#end = sample.dts + sample.duration
    if (sample.keyframe && this.track.kind === 'video') this.#noteKeyframe(presentationTime(sample))
    this.#samples.push(sample)
    if (this.#samples.length < this.#framesPerChunk) return false
    this.#finishPart()
    return true
  }

  /** Completes what is open: no sample will follow. */
  end(): void {
    const { open } = this.window
    if (open === undefined) return
    this.#finishPart()
    this.#close(open.start + open.duration)
  }

  /** Presentation time at which the open segment probably ends, ticks. */
  get predictedEnd(): number | undefined {
    const { open } = this.window
    if (open === undefined) return undefined
    const lastKeyframe = this.#lastKeyframe - open.start
    return open.start + predictedLength(lastKeyframe, this.#keyframeDistance, this.#inFirst(open), this.#rules)
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

  #inFirst(open: Segment): boolean {
    return open.sequence === this.window.firstSequence
  }

  #noteKeyframe(time: number): void {
    if (time <= this.#lastKeyframe) return
    // Splices bring keyframes closer together, never farther apart: the usual distance is the promised one.
    this.#keyframeDistance = Math.min(
      this.#rules.keyframeDistance,
      Math.max(this.#keyframeDistance, time - this.#lastKeyframe),
    )
    this.#lastKeyframe = time
  }

  #finishPart(): void {
    const { open } = this.window
    if (open === undefined || this.#samples.length === 0) return
    this.#fragments += 1
    this.window.add(makePart(this.track, open.parts.length, this.#samples, this.#fragments))
    this.#samples = []
  }

  #close(end: number): void {
    this.#finishPart()
    const open = this.window.open!
    this.window.close(end)
    const bitrate = (open.sizeBytes * 8 * this.track.timescale) / Math.max(1, open.duration)
    this.#peakBitrate = Math.max(this.#peakBitrate, Math.ceil(bitrate))
  }
}
