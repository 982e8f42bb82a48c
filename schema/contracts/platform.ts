import * as v from 'valibot'

/** The platforms that Weir knows. `tutorial`: another Weir, or any address; `custom`: any server. */
export const platformIds = [
  'youtube',
  'twitch',
  'facebook',
  'instagram',
  'kick',
  'linkedin',
  'x',
  'tiktok',
  'tutorial',
  'custom',
] as const
export type PlatformId = (typeof platformIds)[number]

export const publishProtocols = ['rtmps', 'rtmp', 'srt'] as const
export const videoCodecs = ['h264', 'hevc', 'av1'] as const
export const orientations = ['landscape', 'vertical'] as const

const httpsUrl = v.pipe(v.string(), v.regex(/^https:\/\/\S+$/, 'Use an address that begins with https://.'))
const count = v.pipe(v.number(), v.minValue(0))

/** Where something is written, and what it says there, in our words. */
const platformSource = v.strictObject({
  url: httpsUrl,
  says: v.string(),
  /** `third_party`: not the platform's own page. */
  publisher: v.picklist(['platform', 'third_party']),
  /** When the page, a kept copy of it or notes on it were last read. Platforms change their figures without a word. */
  read_on: v.pipe(v.string(), v.isoDate()),
})
export type PlatformSource = v.InferOutput<typeof platformSource>

/** `limit`: the platform refuses, ends or spoils what goes beyond. `advice`: it recommends this and takes other things too. */
export const figureWeights = ['limit', 'advice'] as const

/** A value that a platform states. */
export interface Figure<T> {
  value: T
  weight: (typeof figureWeights)[number]
  source: PlatformSource
}

const figure = <T extends v.GenericSchema>(value: T) =>
  v.nullable(v.strictObject({ value, weight: v.picklist(figureWeights), source: platformSource }))

/** Video bit rates up to one size and frame rate. The short side is the 720 of 1280×720 as of 720×1280. */
const bitrateRung = v.strictObject({
  short_side: count,
  fps: count,
  min_kbps: v.nullable(count),
  recommended_kbps: v.nullable(count),
  max_kbps: v.nullable(count),
})
export type BitrateRung = v.InferOutput<typeof bitrateRung>

/** What a platform takes and wants. null: no source says it, which does not mean that there is no limit. */
const platformLimits = v.strictObject({
  /** Pixels, whichever way the picture is turned. */
  max_size: figure(v.strictObject({ long_side: count, short_side: count })),
  max_fps: figure(count),
  /** Smallest first, and the lower frame rate first. */
  video_bitrates: figure(v.array(bitrateRung)),
  /** At any size. */
  min_video_bitrate_kbps: figure(count),
  max_video_bitrate_kbps: figure(count),
  audio_bitrate_kbps: figure(count),
  max_audio_bitrate_kbps: figure(count),
  /** Hz. */
  audio_sample_rates: figure(v.array(count)),
  keyframe_interval_s: figure(count),
  max_keyframe_interval_s: figure(count),
  /** HEVC and AV1 travel by enhanced RTMP. */
  video_codecs: figure(v.array(v.picklist(videoCodecs))),
  /** B-frames in a row. */
  b_frames: figure(count),
  constant_bitrate: figure(v.boolean()),
  /** The one that it wants first. */
  orientations: figure(v.array(v.picklist(orientations))),
  max_duration_s: figure(count),
  /** It ends the broadcast when nothing has come for so long. */
  ends_after_disconnect_s: figure(count),
  tls_required: figure(v.boolean()),
  /** Size, frame rate and codec must stay as they are in a broadcast. */
  settings_fixed: figure(v.boolean()),
  /** It disconnects a stream that is over a limit, where others scale it down. */
  drops_over_limit: figure(v.boolean()),
})
export type PlatformLimits = v.InferOutput<typeof platformLimits>

/** A platform in the answer of `GET /v1/platforms`. */
export const platformSchema = v.strictObject({
  id: v.picklist(platformIds),
  name: v.string(),
  /** The best first. */
  protocols: v.array(v.picklist(publishProtocols)),
  /** Its public addresses, the default first; none where each account, event or server has its own. */
  servers: v.array(v.strictObject({ id: v.string(), name: v.string(), url: v.string(), source: platformSource })),
  /** A destination must name its address. An address that is given goes before `servers` in any case. */
  url_required: v.boolean(),
  /** Where to find the address, in words; null where `servers` has it. */
  address_help: v.nullable(v.string()),
  /** Where to find the stream key. */
  key_help: v.strictObject({
    steps: v.array(v.string()),
    page: v.nullable(httpsUrl),
    /** How long a key works: `varies` is explained in the steps. */
    lasts: v.picklist(['until_reset', 'one_broadcast', 'varies']),
    source: v.nullable(platformSource),
  }),
  /** After media arrives, a person must press a button on the platform before anybody sees it. */
  starts_on_platform: figure(v.boolean()),
  limits: platformLimits,
  /** What else is good to know; without a source it is about Weir itself. */
  advice: v.array(v.strictObject({ text: v.string(), source: v.nullable(platformSource) })),
})
export type Platform = v.InferOutput<typeof platformSchema>
