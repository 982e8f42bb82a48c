import type { Readable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { TranscodeInput } from '../transcode/args.ts'

/** How a source came to its end. */
export interface SourceEnd {
  /** `ended`: it said goodbye. `lost`: it vanished. `refused`: it can't be connected, or sends what can't be read. */
  readonly reason: 'ended' | 'lost' | 'refused'
  /** Words for the operator. */
  readonly detail: string
  /** Whoever sent it wants the broadcast to end, unless something else feeds it. */
  readonly isForGood?: boolean
}

/** One connected source: each kind of ingest gives these, and nothing behind it knows the kind. */
export interface Source {
  readonly input: TranscodeInput
  /** What it sends; resolves once enough of it has been seen to plan the encodes. */
  readonly ready: Promise<SourceDescription>
  /** What it sends as far as it is known now: bit rate and keyframe interval are measured as it goes. */
  describe(): SourceDescription
  /** Resolves when the source is over; never rejects. */
  readonly ended: Promise<SourceEnd>
  /** Bytes taken so far; a generated source gives 0. */
  readonly bytesReceived: number
  /** True while it has more than we take, because FFmpeg does not read. */
  readonly heldBack: boolean
  /** The media for one FFmpeg, from the newest keyframe on; opening again ends the former. Null: FFmpeg reads by itself. */
  open(): Readable | null
  /** Ends it, telling the peer why in words; where the stream `goesElsewhere`, also that it is to connect again, if it understands that. */
  close(why: string, goesElsewhere?: boolean): void
}
