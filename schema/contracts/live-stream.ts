import * as v from 'valibot'
import {
  encoderChoices,
  encoderPresets,
  healthStates,
  inputTypes,
  latencyModes,
  severities,
  statusReasons,
  streamStatuses,
  upscaleMethods,
  videoEncoders,
} from '../enums.ts'
import { destinationSchema } from './destination.ts'
import { effectSchema } from './effect.ts'
import { inputRequest, inputSchema } from './input.ts'
import { evenHeight, ladderRequest, ladderSchema } from './ladder.ts'
import { fittingPackaging, packagingSettings } from './packaging.ts'
import { placement } from './placement.ts'
import { plannedDestination, plannedEncode } from './planned-encode.ts'
import { playbackIdSchema } from './playback-id.ts'
import { reconnectWindow } from './reconnect-window.ts'
import { slateSettings, slateSettingsChange, slateStatus } from './slate.ts'
import { sourceDescription } from './source.ts'

/** A name that people read: trimmed, 1–120 characters, no control characters. */
const displayName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Give a name of at least one character.'),
  v.maxLength(120, 'Use at most 120 characters.'),
  v.check((text) => !/\p{Cc}/u.test(text), 'Leave out control characters and line breaks.'),
)

/** At most this many inputs a stream. */
export const inputsMax = 8

const inputList = v.pipe(
  v.array(inputRequest),
  v.minLength(1, 'Name at least one input.'),
  v.maxLength(inputsMax, `Name at most ${inputsMax} inputs.`),
)

/** How the sound is treated. */
export const audioSettings = v.strictObject({
  /** Brings the programme to −16 LUFS (EBU R 128 / AES streaming practice), with the peaks held under −1.5 dBTP. */
  normalize: v.optional(v.boolean(), false),
})
export type AudioSettings = v.InferOutput<typeof audioSettings>

/** How the picture is encoded. */
const encodingSettings = v.strictObject({
  /**
   * What encodes: x264, a part of the machine that FFmpeg knows by this name, or the best that the worker has room for. One
   * that the worker has not is accepted: x264 takes its place, and `health.issues` has `encoder_not_there`.
   */
  encoder: v.optional(v.picklist(encoderChoices), 'auto'),
  /**
   * The stream only goes to a worker that has the `encoder` that it names; else such a worker is preferred. A hardware
   * encoder that fails is not replaced by x264 (`encoder_fell_back`): the slate stays until it works again
   * (`encoder_failed_no_fallback`).
   */
  no_software_fallback: v.optional(v.boolean(), false),
  /** Makes a source that is smaller than `upscale_height` that large: ladders and own encodes may go up to there. */
  upscale: v.optional(v.picklist(upscaleMethods), 'off'),
  upscale_height: v.optional(evenHeight, 1080),
  packaging: v.optional(packagingSettings, {}),
})

const liveStreamRequest = v.strictObject({
  name: displayName,
  /** The one input; or name several under `inputs`. Left out both, an encoder pushes. */
  source: v.optional(inputRequest),
  /** Best first, unless `priority` says otherwise. */
  inputs: v.optional(inputList),
  enabled: v.optional(v.boolean(), true),
  /** Left out, this one, `reconnect_window` and `ladder` are as the install's settings have them under `defaults`. */
  latency_mode: v.optional(v.picklist(latencyModes)),
  /** Seconds that the slate holds the broadcast after the source is gone. */
  reconnect_window: v.optional(reconnectWindow),
  /** Holds the broadcast for ever, source or none. */
  always_on: v.optional(v.boolean(), false),
  ladder: v.optional(ladderRequest),
  /** x264 preset; null takes the latency mode's. */
  encoder_preset: v.optional(v.nullable(v.picklist(encoderPresets)), null),
  ...encodingSettings.entries,
  placement: v.optional(placement, {}),
  audio: v.optional(audioSettings, {}),
  /** What is shown while there is no live picture. */
  slate: v.optional(slateSettingsChange, {}),
})
/** Body of `POST /v1/live-streams`. */
export const createLiveStream = v.pipe(
  liveStreamRequest,
  fittingPackaging(),
  v.forward(
    v.check(
      ({ source, inputs }) => source === undefined || inputs === undefined,
      'Give `source` or `inputs`, not both.',
    ),
    ['inputs'],
  ),
)
export type CreateLiveStream = v.InferOutput<typeof createLiveStream>

/** Body of `PATCH /v1/live-streams/:id`. Inputs have routes of their own. */
export const patchLiveStream = v.strictObject({
  name: v.optional(displayName),
  latency_mode: v.optional(v.picklist(latencyModes)),
  reconnect_window: v.optional(reconnectWindow),
  always_on: v.optional(v.boolean()),
  ladder: v.optional(ladderRequest),
  encoder_preset: v.optional(v.nullable(v.picklist(encoderPresets))),
  encoder: v.optional(v.picklist(encoderChoices)),
  no_software_fallback: v.optional(v.boolean()),
  upscale: v.optional(v.picklist(upscaleMethods)),
  upscale_height: v.optional(evenHeight),
  /** Replaces all of it. */
  packaging: v.optional(packagingSettings),
  /** Holds from the next claim on. */
  placement: v.optional(placement),
  audio: v.optional(audioSettings),
  slate: v.optional(slateSettingsChange),
})
export type PatchLiveStream = v.InferOutput<typeof patchLiveStream>

/** Something that is wrong, with what to do about it. */
export const issueSchema = v.strictObject({
  code: v.string(),
  severity: v.picklist(severities),
  detail: v.string(),
  fix: v.string(),
  /** The input that it is about, where it is about one that may not be on air. */
  input_id: v.optional(v.string()),
  /** The destination that it is about, where it is about one. */
  destination_id: v.optional(v.string()),
})
export type Issue = v.InferOutput<typeof issueSchema>

/** One rendition that is being made now. */
export const activeRendition = v.strictObject({
  name: v.string(),
  width: v.number(),
  height: v.number(),
  fps: v.number(),
  video_bitrate_kbps: v.number(),
  /** What encodes it; left out where the source goes out as it is, and by workers that do not say. */
  encoder: v.optional(v.picklist(videoEncoders)),
})
export type ActiveRendition = v.InferOutput<typeof activeRendition>

/** The last second of a session, measured. */
export const sessionSample = v.strictObject({
  at: v.string(),
  /** Bits that the source sent per second, kbit/s. */
  source_bitrate_kbps: v.number(),
  /** Bits of all renditions and audio per second, kbit/s. */
  output_bitrate_kbps: v.number(),
  /** Pictures a second of what is on air, over the last seconds; fewer than the source has, where this machine is too slow. */
  fps: v.number(),
  /** Media seconds encoded per wall second; under 1 the machine is too slow. */
  speed: v.nullable(v.number()),
  /** How far the output stands behind the wall clock, milliseconds. */
  lateness_ms: v.number(),
  /** Media time of slate played in this session, seconds. */
  slate_seconds: v.number(),
  /** Loudness of the last 400 ms, LUFS (EBU R 128 §2); null: not measured, or silence. */
  loudness_momentary_lufs: v.nullable(v.number()),
  /** Loudness of the whole run so far, gated, LUFS. */
  loudness_integrated_lufs: v.nullable(v.number()),
})
export type SessionSample = v.InferOutput<typeof sessionSample>

/** What a live stream makes, for whom, and what of a worker that takes. */
export const streamPlan = v.strictObject({
  /**
   * False: nothing runs. It is what would be made by the worker that would take it, of the source that is known, else of
   * 1080p at 30 frames per second.
   */
  is_running: v.boolean(),
  encoder: v.picklist(videoEncoders),
  encodes: v.array(plannedEncode),
  destinations: v.array(plannedDestination),
  encode_units: v.strictObject({
    needed: v.number(),
    /** What the worker has of it for this stream beside its others; null: no worker is online, or it has no such encoder. */
    available: v.nullable(v.number()),
  }),
  /** What would be wrong with it; while it runs, `health` says that. */
  issues: v.array(issueSchema),
})
export type StreamPlan = v.InferOutput<typeof streamPlan>

/** Pages that play it in our player; other players are not counted. */
export const viewerCount = v.strictObject({
  /** For 15 s or longer, and heard of within the last minute. */
  now: v.number(),
  /** The most at a time in this broadcast. */
  peak: v.number(),
  /** Different ones in this broadcast, about; a page that is loaded again is another. */
  pages: v.number(),
})
export type ViewerCount = v.InferOutput<typeof viewerCount>

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
  /** The input on air, else the first choice: its type, and what it sends. */
  source: v.strictObject({ type: v.picklist(inputTypes), now: v.nullable(sourceDescription) }),
  /** First choice first. */
  inputs: v.array(inputSchema),
  latency_mode: v.picklist(latencyModes),
  reconnect_window: v.number(),
  always_on: v.boolean(),
  ladder: ladderSchema,
  encoder_preset: v.nullable(v.picklist(encoderPresets)),
  encoder: v.picklist(encoderChoices),
  no_software_fallback: v.boolean(),
  upscale: v.picklist(upscaleMethods),
  upscale_height: v.number(),
  packaging: packagingSettings,
  placement,
  audio: audioSettings,
  slate: slateSettings,
  /** How far the worker is with each slate; null while nothing runs. */
  slate_status: v.nullable(slateStatus),
  /** What is being encoded now; empty while nothing runs. */
  renditions: v.array(activeRendition),
  /** What is encoded, for whom, and what it takes of the worker. */
  plan: streamPlan,
  sample: v.nullable(sessionSample),
  /** Of the broadcast that is on. */
  viewers: viewerCount,
  session_id: v.nullable(v.string()),
  worker_id: v.nullable(v.string()),
  revision: v.number(),
  /** Only in answers to creation, reset and reveal. */
  stream_key: v.optional(v.string()),
  /** Where encoders publish to. What holds the stream key or the passphrase is in answers to creation, reset and reveal only. */
  ingest: v.strictObject({
    rtmp: v.strictObject({ url: v.string(), stream_key: v.optional(v.string()) }),
    /** `url` is whole after creation, reset and reveal: stream id and passphrase are in it. */
    srt: v.strictObject({ url: v.string(), passphrase: v.optional(v.string()) }),
    /** RFC 9725; `bearer` is the stream key. */
    whip: v.strictObject({ url: v.string(), bearer: v.optional(v.string()) }),
  }),
  playback_ids: v.array(playbackIdSchema),
  /** Only in answers to a change: what it does to the broadcast that is on, for each field that got another value. */
  effects: v.optional(v.array(effectSchema)),
  destinations: v.array(destinationSchema),
  /** Until when encoders may still use the stream key before the present one; left out: they may not. */
  previous_stream_key_until: v.optional(v.string()),
  created_at: v.string(),
  updated_at: v.string(),
})
export type LiveStream = v.InferOutput<typeof liveStreamSchema>

/** Body of `POST /v1/live-streams/:id/reset-stream-key`; it may be left out. */
export const resetStreamKey = v.strictObject({
  /** How long encoders may still use the old stream key and SRT passphrase, seconds: 7 days at most. A second reset ends it. */
  grace_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(7 * 24 * 3600)), 0),
})
