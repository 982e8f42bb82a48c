import * as v from 'valibot'
import { destinationOrders, destinationStarts, destinationStates, holdReasons, severities } from '../enums.ts'
import { ingestUrl, platformOf } from '../platforms.ts'
import { caPem, destinationUrl, misfitOf, splitSrtAddress, srtPassphrase, streamKey } from './destination-address.ts'
import { destinationProfile } from './destination-profile.ts'
import { effectSchema } from './effect.ts'
import { issuePath } from './issue-path.ts'
import { platformIds } from './platform.ts'

const timeWords = 'Write the time like 2027-01-31T18:00:00Z or 2027-01-31T18:00:00+01:00.'
/** RFC 3339; null: with the stream. */
const stopAt = v.nullable(
  v.pipe(
    v.string(),
    v.isoTimestamp(timeWords),
    v.check((text) => Number.isFinite(Date.parse(text)), timeWords),
    // JavaScript takes the 31st of February for a day in March.
    v.check((text) => new Date(text.slice(0, 10)).getUTCDate() === Number(text.slice(8, 10)), 'There is no such day.'),
  ),
)
/** Seconds that one publish session may last; null: as the platform has it. */
const maxDuration = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(2_592_000)))

const destinationRequest = v.strictObject({
  platform: v.optional(v.picklist(platformIds), 'custom'),
  name: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(120))), null),
  /** Left out, the platform's own; one that has none for everybody must be given. */
  url: v.optional(destinationUrl),
  /** Only an `srt://` destination may do without. */
  stream_key: v.optional(streamKey),
  profile: v.optional(destinationProfile, 'auto'),
  enabled: v.optional(v.boolean(), true),
  /** `manually`: it waits for `POST …/start` in each broadcast. */
  start: v.optional(v.picklist(destinationStarts), 'with_stream'),
  /** When it ends for the broadcast that is on then. A time that is over is refused. */
  stop_at: v.optional(stopAt, null),
  /** One's own limit ends the broadcast there, or rolls over; people are told a quarter of an hour before. */
  max_duration_s: v.optional(maxDuration, null),
  /** At its limit, or a minute before the platform's, the broadcast there ends cleanly and a new one begins at once. */
  roll_over: v.optional(v.boolean(), false),
  ca_pem: v.optional(v.nullable(caPem), null),
  srt_passphrase: v.optional(v.nullable(srtPassphrase), null),
})
/** Body of `POST /v1/live-streams/:id/destinations`. */
export const createDestination = v.pipe(
  destinationRequest,
  v.transform(splitSrtAddress),
  v.forward(
    v.check(
      ({ platform, url }) => (url ?? ingestUrl(platformOf(platform))) !== null,
      'Give the address too: this platform has none that is the same for everybody.',
    ),
    ['url'],
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { platform, url, stream_key, srt_passphrase } = dataset.value
    const misfit = misfitOf({
      platform,
      url,
      hasKey: stream_key !== undefined,
      hasPassphrase: srt_passphrase !== null,
    })
    if (!misfit) return
    addIssue({ message: misfit.detail, path: issuePath(dataset.value, misfit.field) })
  }),
)
export type CreateDestination = v.InferOutput<typeof createDestination>

/** Body of `PATCH …/destinations/:id`. `enabled: false` pauses it. */
export const patchDestination = v.pipe(
  v.strictObject({
    name: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(120)))),
    url: v.optional(destinationUrl),
    /** Null: none, for `srt://` only. */
    stream_key: v.optional(v.nullable(streamKey)),
    profile: v.optional(destinationProfile),
    enabled: v.optional(v.boolean()),
    start: v.optional(v.picklist(destinationStarts)),
    stop_at: v.optional(stopAt),
    max_duration_s: v.optional(maxDuration),
    roll_over: v.optional(v.boolean()),
    ca_pem: v.optional(v.nullable(caPem)),
    srt_passphrase: v.optional(v.nullable(srtPassphrase)),
  }),
  v.transform(splitSrtAddress),
)
export type PatchDestination = v.InferOutput<typeof patchDestination>

/** Why a destination is not broadcasting, in words that a person can act on. Never holds a key. */
const destinationError = v.strictObject({
  /**
   * On the way: `unreachable`, `timeout`, `tls_failed`, `protocol_error`. Refused: `rejected_stream_key`,
   * `rejected_passphrase`, `rejected_app`, `rejected`, `already_live`, `over_limit`, `unsupported`. After a broadcast:
   * `still_publishing`, `closed_by_platform`, `closed_soon`, `stalled`. While it lasts: `too_slow`. Ours: `internal`.
   */
  code: v.string(),
  /** What happened. */
  detail: v.string(),
  /** What to do about it, and who: a sentence or two. */
  fix: v.string(),
  severity: v.picklist(severities),
})
export type DestinationError = v.InferOutput<typeof destinationError>

/** How its publisher stands. */
export const publisherStatus = v.strictObject({
  state: v.picklist(destinationStates),
  /** Attempts since the destination last broadcast. */
  retries: v.number(),
  next_retry_at: v.nullable(v.string()),
  last_error: v.nullable(destinationError),
  connected_at: v.nullable(v.string()),
  bytes_sent: v.number(),
  bitrate_kbps: v.number(),
  /** Media that waits to be sent and to be confirmed, milliseconds; past some seconds it is dropped. */
  queue_ms: v.number(),
  /** There and back, milliseconds: of RTMP as the connection was made, of SRT all the time; null: not known. */
  round_trip_ms: v.nullable(v.number()),
  /** Media time dropped because the destination was too slow, milliseconds. */
  dropped_ms: v.number(),
  /** Publish sessions opened in this run of the stream. */
  sessions: v.number(),
})
export type PublisherStatus = v.InferOutput<typeof publisherStatus>

/** Something that a destination gets otherwise than its profile asks for. */
export const adjustment = v.strictObject({
  field: v.string(),
  asked: v.union([v.number(), v.string()]),
  given: v.union([v.number(), v.string()]),
  /** A sentence. */
  reason: v.string(),
})

/** What a destination is sent: the picture and the sound. */
export const sentMedia = v.strictObject({
  width: v.number(),
  height: v.number(),
  fps: v.number(),
  /** What is aimed at; of a source that goes out as it came, its peaks. */
  video_bitrate_kbps: v.number(),
  audio_bitrate_kbps: v.number(),
  keyframe_interval_s: v.nullable(v.number()),
  /** `source`: as it came; `shared`: a rendition that viewers get; `own`: made for destinations. */
  from: v.picklist(['source', 'shared', 'own']),
})

/** Why a destination is wanted not to broadcast now: by its rules or by an order, not by a failure. */
export const destinationHold = v.strictObject({
  reason: v.picklist(holdReasons),
  /** A sentence, and what to do. */
  detail: v.string(),
  /** RFC 3339; null: as long as it has been configured so. */
  since: v.nullable(v.string()),
})
export type DestinationHold = v.InferOutput<typeof destinationHold>

/** When a destination broadcasts, and why it does not. */
export const destinationTimes = v.strictObject({
  /** Null: it broadcasts with the stream, or tries to. */
  held: v.nullable(destinationHold),
  /**
   * Since when the platform counts this broadcast, RFC 3339: one publish session, with those that followed a loss within
   * the time that the platform waits. Null: none is open.
   */
  session_started_at: v.nullable(v.string()),
  /** When that ends by `stop_at` or by a limit, RFC 3339; null: with the stream. */
  session_ends_at: v.nullable(v.string()),
})
export type DestinationTimes = v.InferOutput<typeof destinationTimes>

/** Observed state of one destination; the worker reports it, the API shows it. */
export const destinationStatus = v.strictObject({
  ...publisherStatus.entries,
  ...destinationTimes.entries,
  /** Null while nothing is made for it. */
  sends: v.nullable(sentMedia),
  adjustments: v.array(adjustment),
})
export type DestinationStatus = v.InferOutput<typeof destinationStatus>

/** A destination that nothing runs now. */
export const idleDestination: DestinationStatus = {
  state: 'idle',
  retries: 0,
  next_retry_at: null,
  last_error: null,
  connected_at: null,
  bytes_sent: 0,
  bitrate_kbps: 0,
  queue_ms: 0,
  round_trip_ms: null,
  dropped_ms: 0,
  sessions: 0,
  held: null,
  session_started_at: null,
  session_ends_at: null,
  sends: null,
  adjustments: [],
}

/** A destination as the API answers it. The stream key is write-only. */
export const destinationSchema = v.strictObject({
  id: v.string(),
  platform: v.string(),
  name: v.nullable(v.string()),
  url: v.string(),
  profile: destinationProfile,
  enabled: v.boolean(),
  start: v.picklist(destinationStarts),
  /** An operator's order, until the broadcast that is on ends, or else the next one; it goes before `start`. */
  ordered: v.nullable(v.picklist(destinationOrders)),
  stop_at: v.nullable(v.string()),
  max_duration_s: v.nullable(v.number()),
  roll_over: v.boolean(),
  ca_pem: v.nullable(v.string()),
  ...destinationStatus.entries,
  /** Only in answers to a change: what it does to the broadcast that is on, for each field that got another value. */
  effects: v.optional(v.array(effectSchema)),
  created_at: v.string(),
  updated_at: v.string(),
})
export type Destination = v.InferOutput<typeof destinationSchema>
