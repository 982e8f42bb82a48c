import { type Box, box, fullBox, sizeOf, u32, u64, writeBoxes } from './box-writer.ts'
import { defaultSampleFlags, nonSyncSampleFlags, onlyTrackId, syncSampleFlags } from './init-segment.ts'
import type { Sample, Track } from './sample.ts'

/**
 * `moof` and the header of `mdat` for consecutive samples of a track: with their payloads after it, in order, it is one
 * CMAF chunk (ISO/IEC 23000-19 §7.3.2.3). The payloads are not copied. `sequenceNumber` rises from fragment to fragment.
 * `keyframeExtraBytes` is how much more than its payload each keyframe takes: parameter sets that are written with it.
 */
export function fragmentHeader(
  track: Track,
  samples: readonly Sample[],
  sequenceNumber: number,
  keyframeExtraBytes = 0,
): Buffer {
  const first = samples[0]
  if (first === undefined) throw new RangeError('A fragment holds at least one sample.')
  const sizeOfSample = ({ payload, keyframe }: Sample) => payload.byteLength + (keyframe ? keyframeExtraBytes : 0)
  const moof = (dataOffset: number): Box =>
    box(
      'moof',
      fullBox('mfhd', 0, 0, u32(sequenceNumber)),
      box(
        'traf',
        fullBox('tfhd', 0, defaultBaseIsMoof, u32(onlyTrackId)),
        fullBox('tfdt', 1, 0, u64(first.dts)),
        trackRun(track, samples, dataOffset, sizeOfSample),
      ),
    )
  const payloadBytes = samples.reduce((total, sample) => total + sizeOfSample(sample), 0)
  return writeBoxes(moof(sizeOf(moof(0)) + 8), u32(8 + payloadBytes), 'mdat')
}

/** ISO/IEC 14496-12 §8.8.7. */
const defaultBaseIsMoof = 0x020000
/** Flags of `trun` (ISO/IEC 14496-12 §8.8.8). */
const run = { dataOffset: 0x1, durations: 0x100, sizes: 0x200, flags: 0x400, compositionOffsets: 0x800 }

/**
 * `trun` version 1 (signed offsets). A column is there only if some sample differs from the defaults in `trex`; what
 * changes says its durations always, because a player may have the `trex` of another configuration.
 */
function trackRun(
  track: Track,
  samples: readonly Sample[],
  dataOffset: number,
  sizeOfSample: (sample: Sample) => number,
): Box {
  const isChanging = track.kind === 'video' && track.changing === true
  const durations = isChanging || samples.some((sample) => sample.duration !== track.frameDuration)
  const flags = samples.some((sample) => flagsOf(sample) !== defaultSampleFlags(track))
  const offsets = samples.some((sample) => sample.compositionOffset !== 0)
  const rows = samples.flatMap((sample) => [
    ...(durations ? [sample.duration] : []),
    sizeOfSample(sample),
    ...(flags ? [flagsOf(sample)] : []),
    ...(offsets ? [sample.compositionOffset] : []),
  ])
  return fullBox(
    'trun',
    1,
    run.dataOffset |
      run.sizes |
      (durations ? run.durations : 0) |
      (flags ? run.flags : 0) |
      (offsets ? run.compositionOffsets : 0),
    u32(samples.length, dataOffset, ...rows),
  )
}

const flagsOf = (sample: Sample): number => (sample.keyframe ? syncSampleFlags : nonSyncSampleFlags)
