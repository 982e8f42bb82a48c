import { eq, sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { destinationCheckResult } from '#schema/contracts/destination-check.ts'
import {
  heartbeatRequest,
  heartbeatResponse,
  joinRequest,
  joinResponse,
  pollRequest,
  pollResponse,
  publishClaim,
  publishClaimResponse,
} from '#schema/contracts/worker.ts'
import { newId } from '#schema/ids.ts'
import type { JobRow } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { type PublicJwk, type WorkerRow, workers } from '#schema/tables/workers.ts'
import { serveContent } from '../assets/serve.ts'
import { requireAsset } from '../assets/store.ts'
import { takeCheckResult } from '../destination-checks/orders.ts'
import { ApiError } from '../errors.ts'
import { beginBroadcasts } from '../jobs/broadcast-orders.ts'
import { claimForPublisher, claimNext } from '../jobs/claim.ts'
import { heartbeat } from '../jobs/heartbeat.ts'
import { signJobs } from '../jobs/sign.ts'
import { bearerToken } from '../middleware/auth.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import { requireWorker } from '../middleware/worker-auth.ts'
import type { Runtime } from '../runtime.ts'
import { endWaitingToken, spendJoinToken } from '../secrets/join-tokens.ts'

/** What workers call (schema/contracts/worker.ts). */
export const workerApiRoutes = (runtime: Runtime) => {
  const { db, now } = runtime
  const authenticated = requireWorker(runtime)

  return new Hono<{ Variables: { worker: WorkerRow } }>()
    .post('/join', describe('Join as a worker', 201, joinResponse), jsonBody(joinRequest), async (c) => {
      const wanted = c.req.valid('json')
      if (wanted.signing_key.crv !== 'Ed25519' || wanted.sealing_key.crv !== 'X25519')
        throw new ApiError('validation_failed', 'signing_key must be an Ed25519 key and sealing_key an X25519 key.')
      if (!(await spendJoinToken(runtime, bearerToken(c.req.header('authorization')) ?? '')))
        throw new ApiError(
          'unauthorized',
          'This join token is unknown, used or over. Make a new one with POST /v1/join-tokens.',
        )
      const id = newId('wrk')
      await db.batch([
        db.insert(workers).values({
          id,
          name: wanted.name,
          version: wanted.version,
          signingKey: publicPart(wanted.signing_key),
          sealingKey: publicPart(wanted.sealing_key),
          originUrl: wanted.origin_url,
          rtmpUrl: wanted.rtmp_url,
          srtUrl: wanted.srt_url,
          capacity: wanted.capacity,
          state: 'online',
          lastSeenAt: now(),
          createdAt: now(),
        }),
        endWaitingToken(db, now()),
      ])
      await runtime.removeJoinToken()
      runtime.log.info({ worker: id, name: wanted.name }, 'a worker joined')
      return c.json({ worker_id: id, jwks: { keys: await runtime.signingKeys.published() } }, 201)
    })
    .post(
      '/poll',
      describe('Claim queued jobs', 200, pollResponse),
      authenticated,
      jsonBody(pollRequest),
      async (c) => {
        const worker = c.get('worker')
        const claims: JobRow[] = []
        const { slots, avoid } = c.req.valid('json')
        while (claims.length < slots) {
          const claim = await claimNext(db, worker.id, now(), avoid)
          if (!claim) break
          logClaim(claim)
          claims.push(claim)
        }
        await beginBroadcasts(
          db,
          claims.map(({ liveStreamId }) => liveStreamId),
          now(),
        )
        return c.json({ jobs: await signJobs(runtime, worker, claims) })
      },
    )
    .post(
      '/publish-claims',
      describe('Claim the live stream that an encoder publishes to', 200, publishClaimResponse),
      authenticated,
      jsonBody(publishClaim),
      async (c) => {
        const worker = c.get('worker')
        const streamId = await publishableStream(c.req.valid('json').stream_key_digest)
        const claim = await claimForPublisher(db, streamId, worker.id, now())
        if (!claim) throw await leasedElsewhere(streamId)
        logClaim(claim)
        await beginBroadcasts(db, [streamId], now())
        const [job] = await signJobs(runtime, worker, [claim])
        if (job === undefined) throw unknownKey()
        return c.json({ job })
      },
    )
    .post(
      '/heartbeat',
      describe('Report sessions and renew their leases', 200, heartbeatResponse),
      authenticated,
      jsonBody(heartbeatRequest),
      async (c) => c.json(await heartbeat(runtime, c.get('worker'), c.req.valid('json'))),
    )
    .post(
      '/destination-checks/:id',
      describe('Tell what came of a connection that was tried', 200),
      authenticated,
      jsonBody(destinationCheckResult),
      async (c) => {
        await takeCheckResult(runtime, c.get('worker'), c.req.param('id'), c.req.valid('json'))
        return c.json({})
      },
    )
    .get('/assets/:id', describe('Read an upload that a job names', 200), authenticated, async (c) =>
      serveContent(c, db, await requireAsset(db, c.req.param('id'))),
    )

  function logClaim({ workerId, liveStreamId, fence }: JobRow) {
    runtime.log.info({ worker: workerId, stream: liveStreamId, fence }, 'a worker took a live stream')
  }

  /** The id of the enabled push stream with this key. */
  async function publishableStream(streamKeyDigest: string): Promise<string> {
    const [stream] = await db
      .select({ id: liveStreams.id, enabled: liveStreams.enabled, takesEncoders })
      .from(liveStreams)
      .where(eq(liveStreams.streamKeyDigest, streamKeyDigest))
    if (!stream) throw unknownKey()
    if (!stream.takesEncoders)
      throw new ApiError(
        'unknown_stream_key',
        'This live stream takes no encoder. Give it an input of type push to publish to it.',
      )
    if (!stream.enabled)
      throw new ApiError('stream_disabled', 'This live stream is switched off. Enable it, then publish again.')
    return stream.id
  }

  async function leasedElsewhere(streamId: string): Promise<ApiError> {
    const [holder] = await db
      .select({
        id: workers.id,
        rtmp_url: workers.rtmpUrl,
        srt_url: workers.srtUrl,
        origin_url: workers.originUrl,
      })
      .from(workers)
      .where(sql`${workers.id} = (SELECT worker_id FROM jobs WHERE live_stream_id = ${streamId} AND state = 'leased')`)
    if (!holder) return new ApiError('stream_disabled', 'This live stream was switched off just now.')
    return new ApiError('leased_elsewhere', 'Another worker runs this live stream; publish to that one.', {
      extra: { worker: holder },
    })
  }
}

const takesEncoders = sql<number>`EXISTS
  (SELECT 1 FROM inputs WHERE inputs.live_stream_id = live_streams.id AND inputs.type = 'push')`

const unknownKey = () =>
  new ApiError('unknown_stream_key', 'No live stream has this stream key. Copy the key again from the dashboard.')

const publicPart = ({ kty, crv, x }: PublicJwk): PublicJwk => ({ kty, crv, x })
