import * as v from 'valibot'
import { encoderPresets, latencyModes, qualityPresets } from '../enums.ts'

/** A ladder in one latency mode, encoded in software with that mode's preset. */
const ladderInMode = v.strictObject({
  latency_mode: v.picklist(latencyModes),
  encoder_preset: v.picklist(encoderPresets),
  /** Largest first. */
  renditions: v.array(
    v.strictObject({
      name: v.string(),
      width: v.number(),
      height: v.number(),
      fps: v.number(),
      video_bitrate_kbps: v.number(),
    }),
  ),
  audio_bitrate_kbps: v.number(),
  /** "1080p30 x264 veryfast encodes" that all of it takes, with the decoding of the source. */
  encode_units: v.number(),
})

/** A ladder that a stream can name. */
const namedLadder = v.strictObject({
  preset: v.picklist(['auto', ...qualityPresets]),
  /** What it is told for: a smaller source has fewer renditions. */
  source: v.strictObject({ width: v.number(), height: v.number(), fps: v.number() }),
  latency_modes: v.array(ladderInMode),
})

/** Answer to `GET /v1/ladders`. */
export const ladderCatalogue = v.strictObject({
  data: v.array(namedLadder),
  next_cursor: v.null(),
  /** The presets of x264, fastest first, with the CPU time that each takes relative to `veryfast`. */
  encoder_presets: v.array(v.strictObject({ name: v.picklist(encoderPresets), relative_cost: v.number() })),
})
export type LadderCatalogue = v.InferOutput<typeof ladderCatalogue>
