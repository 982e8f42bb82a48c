import { fragmentHeader } from '../media/movie-fragment.ts'
import { withParameterSets } from '../media/parameter-sets.ts'
import type { Sample } from '../media/sample.ts'
import type { Configuration } from './configurations.ts'

/** One CMAF chunk, complete: a part of LL-HLS and a piece of the chunked transfer of LL-DASH. */
export interface Part {
  /** Place in its segment, from 0. */
  readonly index: number
  /** Ticks. */
  readonly duration: number
  /** Has a sample that decodes by itself. */
  readonly independent: boolean
  /** `moof` and `mdat` header, then the samples' own payloads, by reference. */
  readonly buffers: readonly Uint8Array[]
  readonly sizeBytes: number
}

/** The part that `samples` make; `sequenceNumber` is that of the movie fragment. */
export function makePart(
  { track, parameterSets }: Configuration,
  index: number,
  samples: readonly Sample[],
  sequenceNumber: number,
): Part {
  const buffers = [
    fragmentHeader(track, samples, sequenceNumber, parameterSets?.byteLength ?? 0),
    ...samples.flatMap(({ payload, keyframe }) =>
      parameterSets && keyframe ? withParameterSets(payload, parameterSets) : [payload],
    ),
  ]
  return {
    index,
    duration: samples.reduce((total, sample) => total + sample.duration, 0),
    // Keyframes of an encode of ours that is spliced may stand inside a part; there the next one is never far.
    independent: parameterSets ? samples.some(({ keyframe }) => keyframe) : samples[0]!.keyframe,
    buffers,
    sizeBytes: buffers.reduce((total, buffer) => total + buffer.byteLength, 0),
  }
}
