import * as v from 'valibot'
import { statusReasons, streamStatuses, videoEncoders, workerStates } from '../enums.ts'
import { broadcastPoint, broadcastTally, pointsMax } from './broadcast-tally.ts'
import { destinationStatus } from './destination.ts'
import { rtmpUrl } from './destination-address.ts'
import { inputStatus } from './input.ts'
import { activeRendition, issueSchema, sessionSample } from './live-stream.ts'
import { logLinesPerHeartbeat, logOrder } from './log.ts'
import { encoderRoom, labelList } from './placement.ts'
import { runningPlan } from './planned-encode.ts'
import { sampleBatch } from './samples.ts'
import { slateStatus } from './slate.ts'
import { sourceDescription } from './source.ts'

/*
 * All that workers and control say to each other. Which versions understand each other, and how a message may change:
 * contract-version.ts.
 *
 * What becomes of a stream that goes from one worker to another (its worker is drained, or lost): there is one session after
 * the other, never two. Viewers are led over by a discontinuity. Each RTMP and SRT destination sees the first publisher say
 * goodbye (of a worker that is lost: fall silent) and a new one come with the same address and key, as after any broken
 * connection; most platforms go on with the same broadcast. Encoders are asked to connect again: those that understand it by
 * an RTMP ReconnectRequest, all others by closing their connection.
 */

/** A public JSON Web Key, as jose exports it. */
export const publicJwk = v.looseObject({ kty: v.literal('OKP'), crv: v.picklist(['Ed25519', 'X25519']), x: v.string() })

/** An encoder of a worker. */
const encoderCapacity = v.strictObject({
  name: v.picklist(videoEncoders),
  /** 1080p30 encodes that it does in real time, measured; of software, by x264 with the preset veryfast. */
  encode_units: v.number(),
})
export type EncoderCapacity = v.InferOutput<typeof encoderCapacity>

/** What a worker is able to do, measured by itself. */
export const workerCapacity = v.strictObject({
  /** "1080p30 x264 veryfast encodes" that this host does in real time, measured. */
  encode_units: v.number(),
  cpu_cores: v.number(),
  ffmpeg_version: v.string(),
  /** What encodes there, best first: each has encoded a second of test pictures. Left out by workers that do not say. */
  encoders: v.optional(v.array(encoderCapacity)),
})
export type WorkerCapacity = v.InferOutput<typeof workerCapacity>

/** Room on the disk that Weir writes to. */
export interface DiskSpace {
  readonly freeBytes: number
  readonly totalBytes: number
}

/**
 * Where a worker serves media: scheme, host and port, e.g. `http://10.0.0.7:8788`. Control asks there for `/live/…` and
 * for nothing else, so a path or a query of the worker's choice has no place in it.
 */
const originUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(1_000),
  v.check((text) => {
    const url = URL.parse(text)
    return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.href === `${url.origin}/`
  }, 'Use an address like http://host:8788, without user, password, path, ? and #.'),
)

/** Scheme, host and port; stream id and passphrase are added by control. */
const srtUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(1_000),
  v.check((text) => /^srt:\/\/[^/?#@\s]+:\d{1,5}$/.test(text), 'Use an address like srt://host:8890, without more.'),
)

/** Body of `POST /worker/v1/join`. The join token goes into `Authorization: Bearer`. */
export const joinRequest = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(120)),
  version: v.string(),
  /** Ed25519: signs this worker's requests. */
  signing_key: publicJwk,
  /** X25519: secrets are sealed to it. */
  sealing_key: publicJwk,
  origin_url: originUrl,
  /** What an encoder is told to publish to, e.g. `rtmp://host:1935/live`. */
  rtmp_url: rtmpUrl,
  /** Where SRT callers go, `srt://host:8890`. */
  srt_url: srtUrl,
  capacity: workerCapacity,
  /** What its host was told to call it by; left out: none. The join token and operators may add to them. */
  labels: v.optional(labelList),
})
export type JoinRequest = v.InferOutput<typeof joinRequest>

/** Answer to a join: the worker keeps its id and pins these job-signing keys. */
export const joinResponse = v.strictObject({
  worker_id: v.string(),
  jwks: v.object({ keys: v.array(v.looseObject({ kty: v.string(), kid: v.string() })) }),
})
export type JoinResponse = v.InferOutput<typeof joinResponse>

/** Body of `POST /worker/v1/poll`: claims queued work. Answer: {@link pollResponse}. */
export const pollRequest = v.strictObject({
  /** Jobs that this worker takes at most now; 0: it only waits for orders. */
  slots: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100)),
  /** Streams that failed on this worker a moment ago: not to be given to it, unless they have another revision by now. */
  avoid: v.optional(
    v.pipe(v.array(v.strictObject({ live_stream_id: v.string(), revision: v.number() })), v.maxLength(100)),
    [],
  ),
  /**
   * Seconds for which the answer may be held back until there is something to do; left out: none. What is held back is never
   * answered with jobs: whoever is worth waking polls again, which proves that it is alive.
   */
  wait_s: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(25)), 0),
  /**
   * Live streams that it runs, or has not said the end of yet. What else it has claimed by polling it gets again: that answer
   * never came. Left out: it gets nothing again, and its leases run out.
   */
  held: v.optional(v.pipe(v.array(v.string()), v.maxLength(200))),
  /** `orders` of the last heartbeat's answer: the poll is answered as soon as they are other ones. */
  orders: v.optional(v.pipe(v.string(), v.maxLength(100))),
})
export type PollRequest = v.InferOutput<typeof pollRequest>
export const pollResponse = v.strictObject({
  jobs: v.array(v.string()),
  /** Why a poll was not held back to its end: `work` to claim, so poll again; `orders`, so send a heartbeat now. Left out: neither. */
  again: v.optional(v.picklist(['work', 'orders'])),
})
export type PollResponse = v.InferOutput<typeof pollResponse>

/** Body of `POST /worker/v1/publish-claims`: an encoder has connected with the key of this digest (SHA-256, hex). */
export const publishClaim = v.strictObject({
  stream_key_digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** The encoder was handed on by another worker, so it is not sent on to a third for want of room. Left out: it was not. */
  relayed: v.optional(v.boolean(), false),
})
/**
 * 200: the signed job. Else problem+json: 404 `unknown_stream_key`, 403 `stream_disabled`, 503 `no_capacity` (no worker may
 * take it; `detail` says what is missing), or 409 with `worker` (a {@link leaseHolder}), to which the encoder is to be handed
 * on: `leased_elsewhere`, that one runs it; `place_elsewhere`, nobody does, that one has what it takes and this worker has not.
 */
export const publishClaimResponse = v.strictObject({ job: v.string() })

/** The worker that holds a lease, and where it listens. Fields that a later version adds are passed over. */
export const leaseHolder = v.object({
  id: v.string(),
  rtmp_url: rtmpUrl,
  /** Left out by a control plane that does not say. */
  srt_url: v.optional(srtUrl),
  origin_url: v.optional(originUrl),
})
export type LeaseHolder = v.InferOutput<typeof leaseHolder>

/** Observed state of one session, as the worker sees it. */
export const sessionReport = v.strictObject({
  live_stream_id: v.string(),
  session_id: v.string(),
  fence: v.number(),
  /** The configuration revision that runs. */
  revision: v.number(),
  status: v.picklist(streamStatuses),
  status_reason: v.picklist(statusReasons),
  status_detail: v.string(),
  status_since: v.string(),
  /** True once playlists can be fetched from this worker's origin. */
  playable: v.boolean(),
  /** What the input on air sends. */
  source: v.nullable(sourceDescription),
  inputs: v.array(v.strictObject({ id: v.string(), ...inputStatus.entries })),
  renditions: v.array(activeRendition),
  /** What it encodes, and for whom; left out before it plans, and by workers that do not say. */
  plan: v.optional(runningPlan),
  issues: v.array(issueSchema),
  sample: v.nullable(sessionSample),
  slate: slateStatus,
  destinations: v.array(v.strictObject({ id: v.string(), ...destinationStatus.entries })),
  /** Left out before the first picture or slate, and by workers that do not count yet. */
  broadcast: v.optional(broadcastTally),
  /** What control has not acknowledged yet. */
  history: v.optional(v.pipe(v.array(broadcastPoint), v.maxLength(pointsMax))),
  /** Of the stream, its renditions and destinations; left out where nothing is new, and by workers that do not measure. */
  samples: v.optional(sampleBatch),
  /** Set in the last report of a session: it is over, the lease may go. */
  ended: v.boolean(),
})
export type SessionReport = v.InferOutput<typeof sessionReport>

/** Something that happened; kept by control and shown to people. `id` makes a repeated delivery harmless. */
export const streamEvent = v.strictObject({
  id: v.string(),
  live_stream_id: v.string(),
  /** `stream.active`, `stream.reconnecting`, `destination.broadcasting`, … */
  type: v.pipe(v.string(), v.maxLength(80)),
  /** One sentence in everyday words. */
  detail: v.pipe(v.string(), v.maxLength(1_000)),
  at: v.string(),
  /** The session that it belongs to; left out where none ran. */
  session_id: v.optional(v.string()),
  /** false: the report of its session's broadcast does not tell of it. Only workers say it; left out: true. */
  in_report: v.optional(v.boolean()),
  /** Of a status of the stream, its reason; of a state of a destination, the code of its error. */
  reason: v.optional(v.pipe(v.string(), v.maxLength(80))),
  /** What it is about, if it is not about all of the stream. */
  destination_id: v.optional(v.string()),
  input_id: v.optional(v.string()),
  /** The API request that caused it, where one did. */
  request_id: v.optional(v.string()),
  /** The order within its live stream, in which control learned of it: 1, 2, 3, … Only control says it. */
  sequence: v.optional(v.number()),
})
export type StreamEventRecord = v.InferOutput<typeof streamEvent>

/** Body of `POST /worker/v1/heartbeat`, one per worker every 3 s: renews every lease named in it. */
export const heartbeatRequest = v.strictObject({
  state: v.picklist(workerStates),
  capacity: workerCapacity,
  /** Where to reach this worker now; a restart may have changed its ports. */
  origin_url: originUrl,
  rtmp_url: rtmpUrl,
  srt_url: srtUrl,
  /** See {@link joinRequest}; left out: as it joined. */
  labels: v.optional(labelList),
  /** What each encoder has left beside all sessions; left out: control reckons with what it knows of them. */
  room: v.optional(v.pipe(v.array(encoderRoom), v.maxLength(10))),
  /** Of the worker itself. */
  samples: v.optional(sampleBatch),
  sessions: v.pipe(v.array(sessionReport), v.maxLength(200)),
  events: v.pipe(v.array(streamEvent), v.maxLength(200)),
  /**
   * Lines of its log about streams (`reportedLogLine`), oldest first. One that is not as it should be is left out, and
   * costs no lease.
   */
  logs: v.optional(v.pipe(v.array(v.unknown()), v.maxLength(logLinesPerHeartbeat))),
  /** Lines that were too many to keep until they could be sent. */
  logs_dropped: v.optional(v.number()),
  /** Ids of control's public keys that it trusts; left out: it hears of no others. */
  known_keys: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(20))),
})
export type HeartbeatRequest = v.InferOutput<typeof heartbeatRequest>

export const heartbeatResponse = v.strictObject({
  /** Control's clock, RFC 3339; left out by a control plane that does not say. */
  now: v.optional(v.string()),
  /** Signed jobs whose revision is newer than the reported one. */
  jobs: v.array(v.string()),
  /**
   * Sessions to end now, by an operator's order. `fence` is the reported one: a stop that arrives late must not end
   * the stream's next session.
   */
  stops: v.array(v.strictObject({ live_stream_id: v.string(), fence: v.number(), reason: v.picklist(statusReasons) })),
  /** Streams whose lease this worker no longer holds: stop at once. */
  lost: v.array(v.string()),
  /** Signed orders to try a connection; each comes until its result is there: see `POST /worker/v1/destination-checks/:id`. */
  checks: v.optional(v.array(v.string()), []),
  /** Stands for all that control wants of this worker: see {@link pollRequest}. Left out: polls are not held back. */
  orders: v.optional(v.string()),
  /** It is to take no more work, and its streams go elsewhere as there is room. Left out: it is not. */
  draining: v.optional(v.boolean(), false),
  /** How much to log; left out: what the worker was started with. */
  log: v.optional(logOrder),
  /** The keys to trust from now on, signed with one that it trusts already (key-set.ts); left out: the same as before. */
  keys: v.optional(v.string()),
  /**
   * Origins of up to three other workers that are online. A worker that can't reach control asks them at `GET /witness` whether
   * they do: then its leases are over, and it ends its sessions; so it does where those on two other machines fall silent with
   * control. Left out: nobody is asked.
   */
  witnesses: v.optional(v.pipe(v.array(originUrl), v.maxLength(3)), []),
})
export type HeartbeatResponse = v.InferOutput<typeof heartbeatResponse>
