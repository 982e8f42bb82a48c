import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { InputStatus } from '../contracts/input.ts'
import type { Ladder } from '../contracts/ladder.ts'
import type { ActiveRendition, AudioSettings, Issue, SessionSample } from '../contracts/live-stream.ts'
import type { PackagingSettings } from '../contracts/packaging.ts'
import type { Placement } from '../contracts/placement.ts'
import type { RunningPlan } from '../contracts/planned-encode.ts'
import { noSlateSettings, type SlateSettings, type SlateStatus } from '../contracts/slate.ts'
import type { SourceDescription } from '../contracts/source.ts'
import {
  encoderChoices,
  encoderPresets,
  latencyModes,
  statusReasons,
  streamStatuses,
  upscaleMethods,
} from '../enums.ts'

const usualPackaging: PackagingSettings = { part_s: null, segment_s: null, window_segments: null }

/** Wanted state of a live stream: what an operator configured. Nothing that a worker observed stands here. */
export const liveStreams = sqliteTable(
  'live_streams',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    enabled: integer('enabled', { mode: 'boolean' }).notNull(),
    latencyMode: text('latency_mode', { enum: latencyModes }).notNull(),
    reconnectWindow: integer('reconnect_window').notNull(),
    alwaysOn: integer('always_on', { mode: 'boolean' }).notNull(),
    ladder: text('ladder', { mode: 'json' }).$type<Ladder>().notNull(),
    encoderPreset: text('encoder_preset', { enum: encoderPresets }),
    encoder: text('encoder', { enum: encoderChoices }).notNull().default('auto'),
    noSoftwareFallback: integer('no_software_fallback', { mode: 'boolean' }).notNull().default(false),
    upscale: text('upscale', { enum: upscaleMethods }).notNull().default('off'),
    upscaleHeight: integer('upscale_height').notNull().default(1080),
    packaging: text('packaging', { mode: 'json' }).$type<PackagingSettings>().notNull().default(usualPackaging),
    placement: text('placement', { mode: 'json' }).$type<Placement>().notNull().default({ labels: [] }),
    audio: text('audio', { mode: 'json' }).$type<AudioSettings>().notNull().default({ normalize: false }),
    slate: text('slate', { mode: 'json' }).$type<SlateSettings>().notNull().default(noSlateSettings),
    /** The input that an operator wants on air; null: the best that sends. */
    pinnedInputId: text('pinned_input_id'),
    /** SHA-256, hex: how a key is looked up. */
    streamKeyDigest: text('stream_key_digest').notNull().unique(),
    /** Sealed (control/secrets/secret-box.ts), for `reveal`. */
    streamKeySealed: text('stream_key_sealed').notNull(),
    /** Sealed; null until somebody needs it, for streams older than SRT (control/streams/stream-secrets.ts). */
    srtPassphraseSealed: text('srt_passphrase_sealed'),
    /** The key before the last reset, and its passphrase, while encoders may still use them; null: nobody may. */
    previousKeyDigest: text('previous_key_digest'),
    previousPassphraseSealed: text('previous_passphrase_sealed'),
    previousKeyUntil: integer('previous_key_until', { mode: 'timestamp_ms' }),
    /** Rises with each change that a running worker must hear of. */
    revision: integer('revision').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [
    index('live_streams_by_age').on(table.createdAt, table.id),
    index('live_streams_by_previous_key').on(table.previousKeyDigest),
  ],
)
export type LiveStreamRow = typeof liveStreams.$inferSelect

/** The status of one input, as the worker reported it last. */
export type ReportedInput = InputStatus & { readonly id: string }

/** Observed state of a live stream: what the worker that leases it reported last. One row per live stream. */
export const liveStreamStates = sqliteTable('live_stream_states', {
  liveStreamId: text('live_stream_id').primaryKey(),
  status: text('status', { enum: streamStatuses }).notNull(),
  statusReason: text('status_reason', { enum: statusReasons }),
  statusDetail: text('status_detail'),
  /** RFC 3339, as reported. */
  statusSince: text('status_since').notNull(),
  sessionId: text('session_id'),
  playable: integer('playable', { mode: 'boolean' }).notNull(),
  source: text('source', { mode: 'json' }).$type<SourceDescription | null>(),
  /** The last one that had a picture: what to plan for while the slate is shown, and after the broadcast. */
  lastSource: text('last_source', { mode: 'json' }).$type<SourceDescription | null>(),
  /** Only of inputs that the session runs. */
  inputs: text('inputs', { mode: 'json' }).$type<readonly ReportedInput[]>().notNull().default([]),
  renditions: text('renditions', { mode: 'json' }).$type<ActiveRendition[]>().notNull(),
  issues: text('issues', { mode: 'json' }).$type<Issue[]>().notNull(),
  /** What it makes and for whom; null while nothing runs. */
  plan: text('plan', { mode: 'json' }).$type<RunningPlan | null>(),
  sample: text('sample', { mode: 'json' }).$type<SessionSample | null>(),
  /** How far the worker is with the slates; null while nothing runs. */
  slateStatus: text('slate_status', { mode: 'json' }).$type<SlateStatus | null>(),
})
export type LiveStreamStateRow = typeof liveStreamStates.$inferSelect
