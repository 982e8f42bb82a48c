import * as v from 'valibot'
import { drainModes, streamStatuses, workerStates } from '../enums.ts'
import { accessName } from './access.ts'
import { encoderRoom, label, labelList } from './placement.ts'
import { workerCapacity } from './worker.ts'

/** Seconds that a join token is good for where nothing else is asked: an hour. At most 30 days. */
const usualLifetimeS = 3_600
const longestLifetimeS = 30 * 86_400

/** Body of `POST /v1/join-tokens`; all of it may be left out. */
export const createJoinToken = v.strictObject({
  /** What the worker is called that joins with it; null: as it calls itself. */
  name: v.optional(v.nullable(accessName), null),
  /** Labels that this worker gets beside those that its host gives it. */
  labels: v.optional(labelList, []),
  /** Seconds for which it can be used. */
  expires_in_s: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(60, 'Use at least a minute.'),
      v.maxValue(longestLifetimeS, 'Use at most 30 days.'),
    ),
    usualLifetimeS,
  ),
})
export type CreateJoinToken = v.InferOutput<typeof createJoinToken>

/** An invitation for one worker. It is spent by the first join, and then shows who came with it. */
export const joinTokenSchema = v.strictObject({
  id: v.string(),
  name: v.nullable(v.string()),
  labels: v.array(label),
  state: v.picklist(['unused', 'used', 'expired']),
  /** Null: of the token that lies ready for the first worker of an install, which has no end. */
  expires_at: v.nullable(v.string()),
  used_at: v.nullable(v.string()),
  worker_id: v.nullable(v.string()),
  created_at: v.string(),
})
export type JoinToken = v.InferOutput<typeof joinTokenSchema>

/** A join token as its creation answers it: the one time that the token itself is shown. */
export const createdJoinToken = v.strictObject({ ...joinTokenSchema.entries, token: v.string() })
export type CreatedJoinToken = v.InferOutput<typeof createdJoinToken>

/** How a worker is emptied. It takes no more work; new encoders that come to it are handed on to other workers. */
const drainSchema = v.strictObject({
  /**
   * `hand_over`: its live streams go to other workers at once, two at a time; encoders are asked to connect again. `finish`:
   * they go on until they end by themselves, at the latest until `until`, and go over then. What no other worker may take
   * stays where it is in any case.
   */
  mode: v.picklist(drainModes),
  since: v.string(),
  /** Null: no end. */
  until: v.nullable(v.string()),
})

/** A worker that has joined. */
export const workerSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  version: v.string(),
  /** `offline`: silent for 15 seconds. `draining`: it takes no more work. */
  state: v.picklist(workerStates),
  /** Null: it is not to be emptied. */
  drain: v.nullable(drainSchema),
  capacity: workerCapacity,
  /** What each encoder has left beside the live streams that run there. */
  room: v.array(encoderRoom),
  /** All labels that count for placement. */
  labels: v.array(label),
  /** Those of them that its host gives it (`WEIR_WORKER_LABELS`); of two with one key, an operator's counts. */
  own_labels: v.array(label),
  /** Live streams that it runs now. */
  live_streams: v.number(),
  origin_url: v.string(),
  rtmp_url: v.string(),
  /** Null: not heard of since it takes SRT. */
  srt_url: v.nullable(v.string()),
  last_seen_at: v.string(),
  created_at: v.string(),
})
export type WorkerAnswer = v.InferOutput<typeof workerSchema>

/** One worker, with what runs there. */
export const workerDetails = v.strictObject({
  ...workerSchema.entries,
  /** At most 100, as many as a worker runs. */
  streams: v.array(v.strictObject({ id: v.string(), name: v.string(), status: v.picklist(streamStatuses) })),
})
export type WorkerDetails = v.InferOutput<typeof workerDetails>

/** Body of `PATCH /v1/workers/:id`. */
export const patchWorker = v.strictObject({
  name: v.optional(accessName),
  /** Replaces the labels that operators gave it; those of its host stay. */
  labels: v.optional(labelList),
  /** True: it is emptied, and takes no more work until this is false again. */
  draining: v.optional(v.boolean()),
  /** With `draining: true`. */
  drain_mode: v.optional(v.picklist(drainModes), 'hand_over'),
  /** With `drain_mode: finish`: seconds until live streams that still run go over; null: no end. */
  drain_within_s: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(7 * 86_400, 'Use at most a week.'))),
    4 * 3_600,
  ),
})
export type PatchWorker = v.InferOutput<typeof patchWorker>

/** Query of `DELETE /v1/workers/:id`. */
export const forgetWorkerQuery = v.strictObject({
  /** 1: even if it is online and runs live streams, which other workers take then. */
  force: v.optional(v.picklist(['0', '1']), '0'),
})
