import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { every } from 'hono/combine'
import * as v from 'valibot'
import { assetContentTypes } from '#schema/asset-types.ts'
import { destinationCheckResult } from '#schema/contracts/destination-check.ts'
import { joinLabels } from '#schema/contracts/placement.ts'
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
import { type PublicJwk, workers } from '#schema/tables/workers.ts'
import { tolerant } from '#schema/tolerant.ts'
import { serveContent } from '../assets/serve.ts'
import { requireAsset } from '../assets/store.ts'
import { auditJoin } from '../audit/join.ts'
import { workerBodyLimitBytes } from '../config.ts'
import { takeCheckResult } from '../destination-checks/orders.ts'
import { ApiError } from '../errors.ts'
import type { CallBoard } from '../jobs/call-board.ts'
import { heartbeat } from '../jobs/heartbeat.ts'
import { heartbeatAnswerFor, pollAnswerFor } from '../jobs/older-worker.ts'
import { claimByPoll, lookAgain } from '../jobs/poll.ts'
import { claimByPublish } from '../jobs/publish-claim.ts'
import { signJobs } from '../jobs/sign.ts'
import { bearerToken } from '../middleware/auth.ts'
import { describe } from '../middleware/describe.ts'
import { limitedTo } from '../middleware/limited-to.ts'
import { jsonBody } from '../middleware/validate.ts'
import { requireWorker, sameContract, type WorkerVariables } from '../middleware/worker-auth.ts'
import type { Runtime } from '../runtime.ts'
import { endWaitingToken, spendJoinToken } from '../secrets/join-tokens.ts'

/** A worker whose join was not answered in time may ask again with the same key for so long, milliseconds. */
const rejoinMs = 600_000

/** What workers call (schema/contracts/worker.ts). */
export const workerApiRoutes = (runtime: Runtime, board: CallBoard) => {
  const { db, now } = runtime
  const authenticated = every(requireWorker(runtime), limitedTo(workerBodyLimitBytes))

  return new Hono<{ Variables: WorkerVariables }>()
    .use(sameContract(runtime))
    .post('/join', describe('Join as a worker', 201, joinResponse), jsonBody(tolerant(joinRequest)), async (c) => {
      const wanted = c.req.valid('json')
      if (wanted.signing_key.crv !== 'Ed25519' || wanted.sealing_key.crv !== 'X25519')
        throw new ApiError('validation_failed', 'signing_key must be an Ed25519 key and sealing_key an X25519 key.')
      const id = newId('wrk')
      const invitation = await spendJoinToken(runtime, bearerToken(c.req.header('authorization')) ?? '', id)
      const before = invitation ? undefined : await joinedBefore(wanted.signing_key.x)
      if (before) return c.json({ worker_id: before, jwks: { keys: await runtime.signingKeys.published() } }, 201)
      if (!invitation)
        throw new ApiError(
          'unauthorized',
          'This join token is unknown, used or over. Make a new one with POST /v1/join-tokens.',
        )
      const name = invitation.name ?? wanted.name
      const labels = joinLabels(wanted.labels ?? [], invitation.labels)
      await db.batch([
        db.insert(workers).values({
          id,
          name,
          version: wanted.version,
          contract: c.var.contract,
          ownLabels: wanted.labels ?? [],
          givenLabels: invitation.labels,
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
        auditJoin(db, { id, name, labels, originUrl: wanted.origin_url, joinTokenId: invitation.id }, now()),
        lookAgain(db),
      ])
      board.call()
      await runtime.removeJoinToken()
      runtime.log.info({ worker: id, name: wanted.name }, 'a worker joined')
      return c.json({ worker_id: id, jwks: { keys: await runtime.signingKeys.published() } }, 201)
    })
    .post(
      '/poll',
      describe('Claim queued jobs, or wait for them and for orders', 200, pollResponse),
      authenticated,
      jsonBody(tolerant(pollRequest)),
      async (c) => {
        const { worker, contract } = c.var
        const { slots, avoid, held, wait_s, orders } = c.req.valid('json')
        const claims = await claimByPoll(runtime, c.var, { slots, avoid, held })
        for (const claim of claims) logClaim(claim)
        const jobs = await signJobs(runtime, worker, claims, contract)
        if (claims.length > 0 || wait_s === 0) return c.json({ jobs })
        const gone = AbortSignal.any([c.req.raw.signal, runtime.closing])
        const waiter = { workerId: worker.id, orders, wantsWork: slots > 0, avoid }
        const again = await board.wait(waiter, wait_s * 1000, gone)
        return c.json(pollAnswerFor(contract, { jobs, ...(again && { again }) }))
      },
    )
    .post(
      '/publish-claims',
      describe('Claim the live stream that an encoder publishes to', 200, publishClaimResponse),
      authenticated,
      jsonBody(tolerant(publishClaim)),
      async (c) => {
        const { worker, contract } = c.var
        const claim = await claimByPublish(runtime, c.var, c.req.valid('json'))
        logClaim(claim)
        const [job] = await signJobs(runtime, worker, [claim], contract)
        if (job === undefined) throw new ApiError('unknown_stream_key', 'This live stream was deleted just now.')
        return c.json({ job })
      },
    )
    .post(
      '/heartbeat',
      describe('Report sessions and renew their leases', 200, heartbeatResponse),
      authenticated,
      jsonBody(tolerant(heartbeatRequest)),
      async (c) => {
        const beat = c.req.valid('json')
        const answer = await heartbeat(runtime, c.var, beat, c.var)
        if (beat.sessions.some(({ ended }) => ended)) board.call()
        return c.json(heartbeatAnswerFor(c.var.contract, answer))
      },
    )
    .post(
      '/destination-checks/:id',
      describe('Tell what came of a connection that was tried', 200, v.strictObject({})),
      authenticated,
      jsonBody(destinationCheckResult),
      async (c) => {
        await takeCheckResult(runtime, c.get('worker'), c.req.param('id'), c.req.valid('json'))
        return c.json({})
      },
    )
    .get(
      '/assets/:id',
      describe('Read an upload that a job names', 200, undefined, assetContentTypes),
      authenticated,
      async (c) => serveContent(c, db, await requireAsset(db, c.req.param('id'))),
    )

  /** The worker that joined with this key a moment ago and has not heard of it: only it can be asking, and of use to nobody else. */
  async function joinedBefore(signingKeyX: string): Promise<string | undefined> {
    const [worker] = await db
      .select({ id: workers.id })
      .from(workers)
      .where(
        sql`${workers.signingKey} ->> '$.x' = ${signingKeyX} AND ${workers.createdAt} > ${now().getTime() - rejoinMs}`,
      )
    return worker?.id
  }

  function logClaim({ workerId, liveStreamId, fence }: JobRow) {
    runtime.log.info({ worker: workerId, stream: liveStreamId, fence }, 'a worker took a live stream')
  }
}

const publicPart = ({ kty, crv, x }: PublicJwk): PublicJwk => ({ kty, crv, x })
