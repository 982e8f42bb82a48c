import type { Configuration } from './configurations.ts'
import type { Part } from './parts.ts'

/** A segment: the concatenation of its parts. The last one of a window is open and grows. */
export interface Segment {
  /** Media sequence number. */
  readonly sequence: number
  /** Presentation time of its start, ticks. */
  readonly start: number
  readonly parts: readonly Part[]
  /** Ticks; of an open segment, what its parts hold so far. */
  readonly duration: number
  readonly sizeBytes: number
  readonly complete: boolean
  /** What its samples are decoded with. */
  readonly configuration: Configuration
  /** Whether the programme is discontinuous before it (EXT-X-DISCONTINUITY) in all tracks. */
  readonly discontinuous: boolean
  /** Begins with a sample that decodes by itself. */
  readonly independent: boolean
  /**
   * Start of the newest segment up to this one, this one included, that a player can begin with: it and all that have its
   * start here are one segment of DASH. (Unless that began too long ago: see {@link SegmentWindow}.)
   */
  readonly groupStart: number
}

/** How a segment begins. */
export type Opening = Pick<Segment, 'start' | 'configuration' | 'discontinuous' | 'independent'>

/** What is played together is at most so much of the list. */
const longestGroup = 0.75

/** Where a track's playlist ends: the newest part, as `segment.part`. */
export interface Position {
  readonly sequence: number
  readonly part: number
}

type GrowingSegment = { -readonly [Key in keyof Segment]: Segment[Key] } & { parts: Part[] }

/**
 * The segments of one track that can be fetched, oldest first. Listed are the newest `listedTicks` of media, in whole
 * segments. One that has left the list stays for the time of the longest list and its own length (rfc8216bis §6.2.2).
 * So memory holds at most twice the list and five target durations of media: 84 s in `tutorial` mode, 47 MB for a
 * ladder of 4.5 Mbit/s.
 */
export class SegmentWindow {
  readonly #listedTicks: number
  readonly #segments: GrowingSegment[] = []
  readonly firstSequence: number
  #firstListed = 0
  #discontinuitiesGone = 0

  constructor(firstSequence: number, listedTicks: number) {
    this.firstSequence = firstSequence
    this.#listedTicks = listedTicks
  }

  /** The newest segment while it still grows. */
  get open(): Segment | undefined {
    const last = this.#segments.at(-1)
    return last?.complete ? undefined : last
  }

  /** The newest complete segment. */
  get lastComplete(): Segment | undefined {
    return this.#segments.findLast((segment) => segment.complete)
  }

  /** Segments in the playlist, the open one included. */
  get listed(): readonly Segment[] {
    return this.#segments.slice(this.#firstListed)
  }

  /** Whether some have left the playlist. */
  get hasMovedOn(): boolean {
    const first = this.#segments[this.#firstListed]
    return first !== undefined && first.sequence > this.firstSequence
  }

  /** How many discontinuous segments have left the playlist. */
  get discontinuitiesGone(): number {
    return this.#discontinuitiesGone
  }

  /** The newest part; undefined before there is one. */
  get edge(): Position | undefined {
    const last = this.#segments.findLast((segment) => segment.parts.length > 0)
    return last && { sequence: last.sequence, part: last.parts.length - 1 }
  }

  /** The segment of that number, if it is in memory. */
  find(sequence: number): Segment | undefined {
    return this.#segments[sequence - (this.#segments[0]?.sequence ?? 0)]
  }

  /** The segments in memory that are one of DASH, the first of which starts there; none if that one is gone. */
  group(start: number): readonly Segment[] {
    const group = this.#segments.filter((segment) => segment.groupStart === start)
    return group[0]?.start === start ? group : []
  }

  /** Whether a segment in memory is decoded with it. */
  uses(configuration: Configuration): boolean {
    return this.#segments.some((segment) => segment.configuration === configuration)
  }

  /** Starts a segment; the one before must be closed. */
  begin(opening: Opening): Segment {
    const sequence = (this.#segments.at(-1)?.sequence ?? this.firstSequence - 1) + 1
    const group = this.#segments.at(-1)?.groupStart ?? opening.start
    const isLate = opening.start - group > longestGroup * this.#listedTicks
    const groupStart = opening.independent || isLate ? opening.start : group
    const empty = { parts: [], duration: 0, sizeBytes: 0, complete: false }
    const segment: GrowingSegment = { ...opening, ...empty, sequence, groupStart }
    this.#segments.push(segment)
    return segment
  }

  add(part: Part): void {
    const segment = this.#segments.at(-1)!
    segment.parts.push(part)
    segment.duration += part.duration
    segment.sizeBytes += part.sizeBytes
  }

  /** Completes the open segment, which ends where the next begins (`end`, ticks), and lets go of what is too old. */
  close(end: number): void {
    const segment = this.#segments.at(-1)!
    segment.duration = end - segment.start
    segment.complete = true
    while (end - (this.#segments[this.#firstListed + 1]?.start ?? end) >= this.#listedTicks) {
      if (this.#segments[this.#firstListed]!.discontinuous) this.#discontinuitiesGone += 1
      this.#firstListed += 1
    }
    const listStart = this.#segments[this.#firstListed]!.start
    while (listStart - (this.#segments[1]?.start ?? end) > this.#listedTicks + 2 * this.#segments[0]!.duration) {
      this.#segments.shift()
      this.#firstListed -= 1
    }
  }
}
