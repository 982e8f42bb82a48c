import * as v from 'valibot'

/** What a source sends, as seen on the wire. Null: not known, or not there. */
export const sourceDescription = v.strictObject({
  /** `rtmp`, `srt`, `whip`, `hls`, `http`, `rtsp`, `twitch`, `test`, … */
  protocol: v.string(),
  video: v.nullable(
    v.strictObject({
      /** `h264`, `hevc`, `vp8`, … */
      codec: v.string(),
      /** `High`, `Main`, … */
      profile: v.optional(v.nullable(v.string()), null),
      width: v.number(),
      height: v.number(),
      fps: v.nullable(v.number()),
      /** Longest distance of two keyframes of late, seconds. */
      keyframe_interval_s: v.optional(v.nullable(v.number()), null),
      b_frames: v.optional(v.nullable(v.boolean()), null),
      /** Whether its pictures come at uneven distances; left out: not known. */
      frame_rate_varies: v.optional(v.boolean()),
    }),
  ),
  audio: v.nullable(v.strictObject({ codec: v.string(), sample_rate: v.number(), channels: v.number() })),
  /** Over the last seconds, all tracks. */
  bitrate_kbps: v.optional(v.nullable(v.number()), null),
  /** The encoder's own name, where it gives one. */
  encoder: v.nullable(v.string()),
})
export type SourceDescription = v.InferOutput<typeof sourceDescription>
