import type { EncoderPreset, VideoEncoder } from '../enums.ts'
import { pixelShare } from './bitrate.ts'
import { encodeCost, type PictureSize, type Rendition, upscalingCost } from './ladder.ts'

/** What encodes take of a machine, or what it has for them. */
export interface Load {
  /** Of what encodes: "1080p30 x264 veryfast encodes" of the CPU, or as many 1080p30 encodes of a hardware encoder. */
  readonly encodeUnits: number
  /** Of the CPU before a hardware encoder, for decoding and scaling, likewise; 0 where the CPU encodes. */
  readonly cpuUnits: number
}

export const noLoad: Load = { encodeUnits: 0, cpuUnits: 0 }

/** What these renditions take, with the decoding of their source. */
export function loadOf(
  renditions: readonly Rendition[],
  source: PictureSize,
  fps: number,
  { encoder = 'software', preset }: { readonly encoder?: VideoEncoder | undefined; readonly preset: EncoderPreset },
): Load {
  if (encoder === 'software') return { encodeUnits: encodeCost(renditions, source, fps, preset), cpuUnits: 0 }
  const encoded = renditions.reduce((sum, rung) => sum + 0.04 + 0.96 * pixelShare(rung), 0)
  const scaled = renditions.reduce((sum, rung) => sum + 0.04 + 0.04 * pixelShare(rung) + upscalingCost(rung), 0)
  const rate = fps / 30
  return { encodeUnits: rate * encoded, cpuUnits: rate * (0.15 * pixelShare(source) + scaled) }
}

export const addLoads = (loads: readonly Load[]): Load => ({
  encodeUnits: loads.reduce((sum, { encodeUnits }) => sum + encodeUnits, 0),
  cpuUnits: loads.reduce((sum, { cpuUnits }) => sum + cpuUnits, 0),
})

/** The share of what a machine has that a load takes: over 1, it does not fit. */
export const shareOf = (load: Load, room: Load): number =>
  Math.max(ratio(load.encodeUnits, room.encodeUnits), ratio(load.cpuUnits, room.cpuUnits))

const ratio = (part: number, whole: number) => (part === 0 ? 0 : part / Math.max(0, whole))
