import * as v from 'valibot'
import {
  encoderPresets,
  healthStates,
  latencyModes,
  severities,
  sourceTypes,
  statusReasons,
  streamStatuses,
} from '../enums.ts'
import { destinationSchema } from './destination.ts'
import { playbackIdSchema } from './playback.ts'

/** A name that people read: trimmed, 1–120 characters, no control characters. */
const displayName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Give a name of at least one character.'),
  v.maxLength(120, 'Use at most 120 characters.'),
  v.check((text) => !/\p{Cc}/u.test(text), 'Leave out control characters and line breaks.'),
)

const evenHeight = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(120),
  v.maxValue(2160),
  v.check((height) => height % 2 === 0, 'Use an even height; H.264 needs one.'),
)

/** One rung of a ladder as an operator writes it. Its name is `<height>p`. */
const renditionRequest = v.strictObject({
  height: evenHeight,
  /** kbit/s; left out, Weir takes a figure that fits the height. */
  video_bitrate_kbps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(50), v.maxValue(50_000))),
})

/** The ladder wanted: `auto` fits the source and the machine, `custom` is made as written, but never above the source. */
export const ladderSchema = v.variant('preset', [
  v.strictObject({ preset: v.literal('auto') }),
  v.strictObject({
    preset: v.literal('custom'),
    renditions: v.pipe(
      v.array(renditionRequest),
      v.minLength(1, 'Name at least one rendition.'),
      v.maxLength(6, 'Name at most six renditions.'),
      v.check((rungs) => new Set(rungs.map((rung) => rung.height)).size === rungs.length, 'Use each height once.'),
    ),
  }),
])
export type Ladder = v.InferOutput<typeof ladderSchema>

const sourceRequest = v.strictObject({
  /** `push`: an encoder connects. `test`: a moving test picture with a clock and a tone. */
  type: v.picklist(sourceTypes),
})

const reconnectWindow = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400))

/** Body of `POST /v1/live-streams`. */
export const createLiveStream = v.strictObject({
  name: displayName,
  source: v.optional(sourceRequest, { type: 'push' }),
  enabled: v.optional(v.boolean(), true),
  latency_mode: v.optional(v.picklist(latencyModes), 'tutorial'),
  /** Seconds that the slate holds the broadcast after the source is gone. */
  reconnect_window: v.optional(reconnectWindow, 60),
  /** Holds the broadcast for ever, source or none. */
  always_on: v.optional(v.boolean(), false),
  ladder: v.optional(ladderSchema, { preset: 'auto' }),
  /** x264 preset; null takes the latency mode's. */
  encoder_preset: v.optional(v.nullable(v.picklist(encoderPresets)), null),
})
export type CreateLiveStream = v.InferOutput<typeof createLiveStream>

/** Body of `PATCH /v1/live-streams/:id`. The source's type is fixed at creation. */
export const patchLiveStream = v.strictObject({
  name: v.optional(displayName),
  latency_mode: v.optional(v.picklist(latencyModes)),
  reconnect_window: v.optional(reconnectWindow),
  always_on: v.optional(v.boolean()),
  ladder: v.optional(ladderSchema),
  encoder_preset: v.optional(v.nullable(v.picklist(encoderPresets))),
})
export type PatchLiveStream = v.InferOutput<typeof patchLiveStream>

/** Something that is wrong, with what to do about it. */
export const issueSchema = v.strictObject({
  code: v.string(),
  severity: v.picklist(severities),
  detail: v.string(),
  fix: v.string(),
})
export type Issue = v.InferOutput<typeof issueSchema>

/** What the source sends, as seen on the wire. */
export const sourceDescription = v.strictObject({
  /** `rtmp`, `test`, … */
  protocol: v.string(),
  video: v.nullable(
    v.strictObject({ codec: v.string(), width: v.number(), height: v.number(), fps: v.nullable(v.number()) }),
  ),
  audio: v.nullable(v.strictObject({ codec: v.string(), sample_rate: v.number(), channels: v.number() })),
  /** The encoder's own name, where it gives one. */
  encoder: v.nullable(v.string()),
})
export type SourceDescription = v.InferOutput<typeof sourceDescription>

/** One rendition that is being made now. */
export const activeRendition = v.strictObject({
  name: v.string(),
  width: v.number(),
  height: v.number(),
  fps: v.number(),
  video_bitrate_kbps: v.number(),
})
export type ActiveRendition = v.InferOutput<typeof activeRendition>

/** The last second of a session, measured. */
export const sessionSample = v.strictObject({
  at: v.string(),
  /** Bits that the source sent per second, kbit/s. */
  source_bitrate_kbps: v.number(),
  /** Bits of all renditions and audio per second, kbit/s. */
  output_bitrate_kbps: v.number(),
  fps: v.number(),
  /** Media seconds encoded per wall second; under 1 the machine is too slow. */
  speed: v.nullable(v.number()),
  /** How far the output stands behind the wall clock, milliseconds. */
  lateness_ms: v.number(),
  /** Media time of slate played in this session, seconds. */
  slate_seconds: v.number(),
})
export type SessionSample = v.InferOutput<typeof sessionSample>

/** A live stream as the API answers it. Secrets stand in it only after creation, reset and reveal. */
export const liveStreamSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  enabled: v.boolean(),
  status: v.picklist(streamStatuses),
  status_reason: v.nullable(v.picklist(statusReasons)),
  status_detail: v.nullable(v.string()),
  /** Since when the status holds, RFC 3339. */
  status_since: v.string(),
  health: v.strictObject({ state: v.picklist(healthStates), issues: v.array(issueSchema) }),
  source: v.strictObject({ type: v.picklist(sourceTypes), now: v.nullable(sourceDescription) }),
  latency_mode: v.picklist(latencyModes),
  reconnect_window: v.number(),
  always_on: v.boolean(),
  ladder: ladderSchema,
  encoder_preset: v.nullable(v.picklist(encoderPresets)),
  /** What is being encoded now; empty while nothing runs. */
  renditions: v.array(activeRendition),
  sample: v.nullable(sessionSample),
  session_id: v.nullable(v.string()),
  worker_id: v.nullable(v.string()),
  revision: v.number(),
  /** Only in answers to creation, reset and reveal. */
  stream_key: v.optional(v.string()),
  ingest: v.strictObject({ rtmp: v.strictObject({ url: v.string(), stream_key: v.optional(v.string()) }) }),
  playback_ids: v.array(playbackIdSchema),
  destinations: v.array(destinationSchema),
  created_at: v.string(),
  updated_at: v.string(),
})
export type LiveStream = v.InferOutput<typeof liveStreamSchema>
