import { Hono } from 'hono'
import * as v from 'valibot'
import { type WorkerCapacity, workerCapacity } from '#schema/contracts/worker.ts'
import { workerStates } from '#schema/enums.ts'
import { workerStateNow } from '../jobs/place.ts'
import { describe } from '../middleware/describe.ts'
import type { Runtime } from '../runtime.ts'
import { createJoinToken } from '../secrets/join-tokens.ts'
import { loadWorkers } from '../streams/load.ts'
import { pageSchema } from './page.ts'

/** A join token can be used for an hour, milliseconds. */
const joinTokenMs = 3_600_000

const joinTokenSchema = v.strictObject({ id: v.string(), token: v.string(), expires_at: v.string() })
const workerSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  version: v.string(),
  state: v.picklist(workerStates),
  capacity: workerCapacity,
  /** Live streams that it runs now. */
  live_streams: v.number(),
  origin_url: v.string(),
  rtmp_url: v.string(),
  /** Null: not heard of since it takes SRT. */
  srt_url: v.nullable(v.string()),
  last_seen_at: v.string(),
  created_at: v.string(),
})

/** A worker that does not name its encoders has the one that all have. */
const withEncoders = (capacity: WorkerCapacity): WorkerCapacity => ({
  encoders: [{ name: 'software', encode_units: capacity.encode_units }],
  ...capacity,
})

/** Workers and the invitations to become one. */
export const workerRoutes = (runtime: Runtime) =>
  new Hono()
    .post('/join-tokens', describe('Invite a worker: a token for one join', 201, joinTokenSchema), async (c) => {
      const expiresAt = new Date(runtime.now().getTime() + joinTokenMs)
      const { id, token } = await createJoinToken(runtime, expiresAt)
      return c.json({ id, token, expires_at: expiresAt.toISOString() }, 201)
    })
    .get('/workers', describe('List the workers, oldest first', 200, pageSchema(workerSchema)), async (c) => {
      const rows = await loadWorkers(runtime.db)
      const data = rows.map((row) => ({
        id: row.id,
        name: row.name,
        version: row.version,
        state: workerStateNow(row, runtime.now()),
        capacity: withEncoders(row.capacity),
        live_streams: row.leases,
        origin_url: row.originUrl,
        rtmp_url: row.rtmpUrl,
        srt_url: row.srtUrl,
        last_seen_at: row.lastSeenAt.toISOString(),
        created_at: row.createdAt.toISOString(),
      }))
      return c.json({ data, next_cursor: null })
    })
