import * as v from 'valibot'
import type { LatencyMode } from '../enums.ts'
import { packagingFaults } from '../packaging.ts'
import { issuePath } from './issue-path.ts'

const seconds = v.optional(v.nullable(v.number()), null)

/**
 * Lengths of what viewers fetch, seconds of media; null: as the latency mode has it. What does not go together is
 * refused, with the rule of HLS or DASH that it breaks.
 */
export const packagingSettings = v.strictObject({
  /** LL-HLS parts and DASH chunks. Where the latency mode has none (`high_quality`), naming a length makes them. */
  part_s: seconds,
  /** A multiple of the distance of keyframes. */
  segment_s: seconds,
  /** Segments in the live playlist. */
  window_segments: v.optional(v.nullable(v.pipe(v.number(), v.integer())), null),
})
export type PackagingSettings = v.InferOutput<typeof packagingSettings>

interface Packaged {
  readonly latency_mode?: LatencyMode | undefined
  readonly packaging?: PackagingSettings | undefined
}

/** Refuses lengths that can't go together in the latency mode, each at its field. Asks nothing where either is left out. */
export const fittingPackaging = <Request extends Packaged>() =>
  v.rawCheck<Request>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { latency_mode, packaging } = dataset.value
    if (latency_mode === undefined || packaging === undefined) return
    for (const { field, detail } of packagingFaults(latency_mode, packaging))
      addIssue({ message: detail, path: issuePath(dataset.value, 'packaging', field) })
  })
