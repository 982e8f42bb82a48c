import { type Box, BoxReader } from '#worker/media/box-reader.ts'
import { readFragment } from '#worker/media/fragment.ts'
import { readInitSegment } from '#worker/media/init-segment-reader.ts'
import { parameterSetsOf } from '#worker/media/parameter-sets.ts'

/** What an init segment is for. */
export interface InitContent {
  readonly kind: 'video' | 'audio'
  /** `avc1.4d401f`. */
  readonly codec: string
  /** NAL units of the decoder configuration, hex; of audio, the AudioSpecificConfig. */
  readonly parameterSets: readonly string[]
  readonly trex: Parameters<typeof readFragment>[2]
}

/** The `moov` in these bytes, or null if there is none that can be read. */
export function readInit(bytes: Uint8Array): InitContent | null {
  const moov = boxesOf(bytes).find(({ type }) => type === 'moov')
  if (moov === undefined) return null
  try {
    const { kind, codec, decoderConfig, defaults } = readInitSegment(moov.body)
    const sets = kind === 'video' ? nalUnits(parameterSetsOf(decoderConfig)) : [decoderConfig]
    return { kind, codec, parameterSets: sets.map(hex), trex: defaults }
  } catch {
    return null
  }
}

/** What media tells of itself. */
export interface MediaContent {
  /** Whether its first sample is a keyframe. */
  readonly startsWithKeyframe: boolean
  /** Parameter sets in its first sample, hex. */
  readonly parameterSets: readonly string[]
}

/** The first sample in these bytes, or null if there is none that can be read. */
export function readMedia(bytes: Uint8Array, { trex, kind }: InitContent): MediaContent | null {
  const boxes = boxesOf(bytes)
  const index = boxes.findIndex(({ type }) => type === 'moof')
  const [moof, mdat] = [boxes[index], boxes[index + 1]]
  if (moof === undefined || mdat === undefined) return null
  try {
    const [first] = readFragment(moof, mdat, trex)
    if (first === undefined) return null
    const sets =
      kind === 'video' ? nalUnits(first.payload).filter((unit) => [7, 8].includes((unit[0] ?? 0) & 0x1f)) : []
    return { startsWithKeyframe: first.keyframe, parameterSets: sets.map(hex) }
  } catch {
    return null
  }
}

function boxesOf(bytes: Uint8Array): Box[] {
  const boxes: Box[] = []
  try {
    new BoxReader((box) => boxes.push(box)).push(bytes)
  } catch {
    // What is no MP4 has no boxes.
  }
  return boxes
}

/** Units behind lengths of four bytes. */
function nalUnits(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + 4 <= bytes.length; at += 4 + view.getUint32(at))
    units.push(bytes.subarray(at + 4, at + 4 + view.getUint32(at)))
  return units
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
