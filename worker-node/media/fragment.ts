import { type Box, childBoxes, guardReads, MediaFormatError, viewOf } from './box-reader.ts'
import type { Sample } from './sample.ts'

/** What holds for samples whose fragment says nothing else: `trex`, ISO/IEC 14496-12 §8.8.3. */
export interface SampleDefaults {
  readonly trackId: number
  readonly duration: number
  readonly size: number
  readonly flags: number
}

/** No fragment with more samples than this is taken. */
const maxSamplesPerFragment = 10_000
/** With room for a fragment's durations on top before numbers are no longer exact. */
const maxDecodeTime = 2 ** 52

/**
 * The samples of one track in a movie fragment and the `mdat` that follows it (ISO/IEC 14496-12 §8.8.4–8.8.12), in
 * decode order. Data offsets are counted from the `moof` (`default-base-is-moof`). Payloads are views into `mdat`.
 * Throws {@link MediaFormatError}.
 */
export function readFragment(moof: Box, mdat: Box, defaults: SampleDefaults): Sample[] {
  return guardReads('A movie fragment', () => {
    const mdatStart = moof.headerBytes + moof.body.length + mdat.headerBytes
    const samples: Sample[] = []
    for (const traf of childBoxes(moof.body)) {
      if (traf.type === 'traf') readTrackFragment(traf.body, mdat.body, mdatStart, defaults, samples)
    }
    return samples
  })
}

function readTrackFragment(
  traf: Uint8Array,
  mdat: Uint8Array,
  mdatStart: number,
  trex: SampleDefaults,
  samples: Sample[],
): void {
  let defaults: SampleDefaults | undefined
  let dts: number | undefined
  // Where a run without an offset of its own goes on, counted from the start of moof (§8.8.8.3).
  let position = mdatStart
  for (const box of childBoxes(traf)) {
    if (box.type === 'tfhd') defaults = readHeader(box.body, trex)
    else if (box.type === 'tfdt') dts = readDecodeTime(box.body)
    else if (box.type === 'trun') {
      if (!defaults || dts === undefined)
        throw new MediaFormatError('A run of samples comes before its header or time.')
      if (defaults.trackId !== trex.trackId) return
      const run = readRun(box.body, mdat, mdatStart, { defaults, dts, position }, samples)
      dts = run.dts
      position = run.position
    }
  }
}

/** `tfhd`, §8.8.7. */
function readHeader(body: Uint8Array, trex: SampleDefaults): SampleDefaults {
  const view = viewOf(body)
  const flags = view.getUint32(0) & 0xffffff
  let offset = 8
  const next = (present: number, otherwise: number) => {
    if (!(flags & present)) return otherwise
    offset += 4
    return view.getUint32(offset - 4)
  }
  if (flags & 0x000001) throw new MediaFormatError('A fragment with an absolute data offset is not supported.')
  next(0x000002, 0) // sample_description_index: there is only one
  const duration = next(0x000008, trex.duration)
  const size = next(0x000010, trex.size)
  return { trackId: view.getUint32(4), duration, size, flags: next(0x000020, trex.flags) }
}

/** The decode time that a `tfdt` (§8.8.12) tells. Throws {@link MediaFormatError}. */
export function readDecodeTime(body: Uint8Array): number {
  const view = viewOf(body)
  const dts = view.getUint8(0) === 1 ? view.getUint32(4) * 2 ** 32 + view.getUint32(8) : view.getUint32(4)
  if (dts > maxDecodeTime) throw new MediaFormatError('A fragment claims a time that lies too far off.')
  return dts
}

interface RunState {
  readonly defaults: SampleDefaults
  readonly dts: number
  readonly position: number
}

/** `trun`, §8.8.8. Appends its samples; gives where the next run of the track starts. */
function readRun(body: Uint8Array, mdat: Uint8Array, mdatStart: number, state: RunState, samples: Sample[]) {
  const view = viewOf(body)
  const flags = view.getUint32(0)
  const version = flags >>> 24
  const count = view.getUint32(4)
  if (samples.length + count > maxSamplesPerFragment) throw new MediaFormatError(`A fragment claims ${count} samples.`)
  let offset = 8
  const next = (present: number, otherwise: number) => {
    if (!(flags & present)) return otherwise
    offset += 4
    return view.getUint32(offset - 4)
  }
  let position = flags & 0x000001 ? next(0x000001, 0) | 0 : state.position
  const firstFlags = next(0x000004, state.defaults.flags)
  let dts = state.dts
  for (let index = 0; index < count; index++) {
    const duration = next(0x000100, state.defaults.duration)
    const size = next(0x000200, state.defaults.size)
    const sampleFlags = next(0x000400, index === 0 ? firstFlags : state.defaults.flags)
    const composition = next(0x000800, 0)
    const start = position - mdatStart
    if (start < 0 || start + size > mdat.length) throw new MediaFormatError('A sample lies outside of its mdat.')
    samples.push({
      dts,
      compositionOffset: version === 0 ? composition : composition | 0,
      duration,
      keyframe: (sampleFlags & sampleIsNonSync) === 0,
      payload: mdat.subarray(start, start + size),
    })
    dts += duration
    position += size
  }
  return { dts, position }
}

/** `sample_is_non_sync_sample` of the sample flags, §8.8.3.1. */
const sampleIsNonSync = 0x00010000
