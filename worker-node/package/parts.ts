import { fragmentHeader } from '../media/movie-fragment.ts'
import type { Sample, Track } from '../media/sample.ts'

/** One CMAF chunk, complete: a part of LL-HLS and a piece of the chunked transfer of LL-DASH. */
export interface Part {
  /** Place in its segment, from 0. */
  readonly index: number
  /** Presentation time of the first sample, ticks. */
  readonly start: number
  /** Ticks. */
  readonly duration: number
  /** Begins with a sample that decodes by itself. */
  readonly independent: boolean
  /** `moof` and `mdat` header, then the samples' own payloads, by reference. */
  readonly buffers: readonly Uint8Array[]
  readonly sizeBytes: number
}

/** The part that `samples` make; `sequenceNumber` is that of the movie fragment. */
export function makePart(track: Track, index: number, samples: readonly Sample[], sequenceNumber: number): Part {
  const buffers = [fragmentHeader(track, samples, sequenceNumber), ...samples.map((sample) => sample.payload)]
  return {
    index,
    start: presentationTime(samples[0]!),
    duration: samples.reduce((total, sample) => total + sample.duration, 0),
    independent: samples[0]!.keyframe,
    buffers,
    sizeBytes: buffers.reduce((total, buffer) => total + buffer.byteLength, 0),
  }
}

/** Presentation time of a sample, ticks. */
export const presentationTime = (sample: Sample): number => sample.dts + sample.compositionOffset
