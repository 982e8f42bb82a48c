/** Latency modes; their figures are in latency-modes.ts. */
export const latencyModes = ['low_latency', 'tutorial', 'high_quality'] as const
export type LatencyMode = (typeof latencyModes)[number]

/** Where the media of one input of a live stream comes from. */
export const inputTypes = ['push', 'pull', 'channel', 'test'] as const
export type InputType = (typeof inputTypes)[number]

/**
 * Observed state of an input. `idle`: the stream is not running. `waiting`: nobody sends. `connecting`: it is being
 * fetched, or has connected and its first picture is awaited. `standby`: it sends and another one is on air. `failed`: the
 * last try failed, the next one comes by itself.
 */
export const inputStates = ['idle', 'waiting', 'connecting', 'standby', 'on_air', 'failed'] as const
export type InputState = (typeof inputStates)[number]

/** Observed state of a live stream. Legal changes are in transitions.ts. */
export const streamStatuses = ['disabled', 'idle', 'connecting', 'active', 'reconnecting'] as const
export type StreamStatus = (typeof streamStatuses)[number]

/** Why a stream has the status it has; `status_detail` says it in words with what to do. */
export const statusReasons = [
  'waiting_for_source',
  'source_connected',
  'source_ended',
  'source_lost',
  'source_stalled',
  'source_failed',
  'encoder_refused',
  'encoder_failed',
  'on_air',
  'completed',
  'reconnect_window_over',
  'played_out',
  'disabled_by_operator',
  'no_capacity',
  'worker_lost',
  'worker_stopping',
  'worker_draining',
  'control_away',
] as const
export type StatusReason = (typeof statusReasons)[number]

/** Reasons for which a session ends that are not the end of its broadcast: another session is to go on with it. */
export const interruptions: readonly StatusReason[] = [
  'worker_lost',
  'worker_stopping',
  'worker_draining',
  'control_away',
  'source_failed',
]

export const healthStates = ['ok', 'degraded', 'failing', 'unknown'] as const
export type HealthState = (typeof healthStates)[number]

/** When a slate is shown: until the first live picture, while the source is gone, and once the broadcast is over. */
export const slateMoments = ['before', 'during', 'after'] as const
export type SlateMoment = (typeof slateMoments)[number]

export const severities = ['info', 'warning', 'error'] as const

/** Observed state of a destination. Legal changes are in transitions.ts. */
export const destinationStates = ['idle', 'starting', 'broadcasting', 'retrying', 'errored'] as const
export type DestinationState = (typeof destinationStates)[number]

export const playbackPolicies = ['public', 'signed'] as const

export const workerStates = ['online', 'draining', 'offline'] as const
export type WorkerState = (typeof workerStates)[number]

/** How a worker that takes no more work gets rid of what it has. */
export const drainModes = ['hand_over', 'finish'] as const

/** x264 presets, fastest first; a stream may name one, else the latency mode decides. */
export const encoderPresets = ['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow'] as const
export type EncoderPreset = (typeof encoderPresets)[number]

/** Ladders by the height of their largest rendition. */
export const qualityPresets = ['240p', '360p', '480p', '720p', '1080p', '1440p', '2160p'] as const
export type QualityPreset = (typeof qualityPresets)[number]

/** What encodes video: x264 on the CPU, or a part of the machine that FFmpeg knows by this name. */
export const videoEncoders = ['software', 'h264_nvenc', 'h264_qsv', 'h264_vaapi', 'h264_videotoolbox'] as const
export type VideoEncoder = (typeof videoEncoders)[number]

/** What a stream may ask to be encoded by; `auto`: the best that the machine has. */
export const encoderChoices = ['auto', ...videoEncoders] as const
export type EncoderChoice = (typeof encoderChoices)[number]

/** How a small source is made larger; `off`: nothing is ever larger than the source. */
export const upscaleMethods = ['off', 'lanczos'] as const
export type UpscaleMethod = (typeof upscaleMethods)[number]

/** When a destination begins to broadcast. */
export const destinationStarts = ['with_stream', 'manually'] as const
export type DestinationStart = (typeof destinationStarts)[number]

/** What an operator may order of a destination for the broadcast that is on. */
export const destinationOrders = ['start', 'stop'] as const
export type DestinationOrder = (typeof destinationOrders)[number]

/** Why a destination is wanted not to broadcast, although its stream may be on air. */
export const holdReasons = [
  'paused',
  'waits_for_start',
  'stopped_by_operator',
  'stop_time_reached',
  'duration_over',
  'not_taken',
] as const
export type HoldReason = (typeof holdReasons)[number]

/** What a credential may do: `read`: look; `write`: change streams; `admin`: change who and what belongs to the install. */
export const accessScopes = ['read', 'write', 'admin'] as const
export type AccessScope = (typeof accessScopes)[number]

/** What a person is here; control/access/roles.ts says which scopes that gives. */
export const userRoles = ['owner', 'operator', 'viewer'] as const
export type UserRole = (typeof userRoles)[number]

/** A delivery to a webhook; `failed`: given up, it can be replayed. */
export const deliveryStates = ['waiting', 'sending', 'delivered', 'failed'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** Why Weir switched a webhook off: it answered 410, or every attempt of a day failed. */
export const webhookDisabledReasons = ['gone', 'failing'] as const
export type WebhookDisabledReason = (typeof webhookDisabledReasons)[number]

/** What there is an alert for; each has a rule. */
export const alertKinds = [
  'source_down',
  'destination_failing',
  'encode_slow',
  'no_capacity',
  'worker_lost',
  'disk_low',
  'webhook_disabled',
  'signing_key_old',
] as const
export type AlertKind = (typeof alertKinds)[number]

/** `pending`: not for long enough yet; nobody is shown it. */
export const alertStates = ['pending', 'open', 'resolved'] as const
export type AlertState = (typeof alertStates)[number]
