import { eq, sql } from 'drizzle-orm'
import { type JobRow, jobs } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { workers } from '#schema/tables/workers.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { claimForPublisher } from './claim.ts'
import { type FleetWorker, readFleet, readFleetWorker } from './fleet.ts'
import { loadNeeds } from './needs.ts'
import { bestFor, fitOf, fullFor, leasesMax, type StreamNeeds } from './place.ts'
import { type Caller, isFresh, reservedFor } from './poll.ts'
import { shortfallOf } from './shortfall.ts'

type Access = Pick<Runtime, 'db' | 'now'>

/**
 * Claims the live stream with this key for the worker that its encoder has connected to. Where that does not fit, another
 * worker is named that does; where all that fit are full, it is taken here all the same: less is made of it then, and the
 * encoder is on air. Throws the {@link ApiError} that the contract has for each refusal.
 */
export async function claimByPublish(
  runtime: Access,
  caller: Caller,
  { stream_key_digest, relayed }: { readonly stream_key_digest: string; readonly relayed: boolean },
): Promise<JobRow> {
  const { db, now } = runtime
  const { worker, instance } = caller
  const { id, job } = await publishable(runtime, stream_key_digest)
  const isHeld = job.state === 'leased' && job.leaseUntil >= now().getTime()
  if (isHeld && job.workerId !== worker.id) throw await leasedElsewhere(runtime, id)
  const [found, self] = await Promise.all([loadNeeds(db, [id]), readFleetWorker(db, worker.id)])
  const needs = found.get(id)
  if (!needs || !self) throw new ApiError('unknown_stream_key', 'This live stream was deleted just now.')
  const fit = fitOf(self, needs)
  if (!isHeld && !fit.fits) await refuseMisfit(runtime, self, needs, fit.lacks, relayed)
  const claimant = { workerId: worker.id, instance, reserved: fit.fits ? reservedFor(fit) : null }
  const claim = await claimForPublisher(db, id, claimant, now())
  if (!claim) throw await leasedElsewhere(runtime, id)
  return claim
}

/**
 * Returns where it is to be taken all the same: an encoder is not sent away because the fleet is full, for somebody stands before
 * a camera. The plan then makes less of its stream, and says so. Only more streams than a worker may run are refused.
 */
async function refuseMisfit(
  { db, now }: Access,
  self: FleetWorker,
  needs: StreamNeeds,
  lacks: 'label' | 'encoder' | 'room' | 'draining',
  relayed: boolean,
): Promise<void> {
  const isTaken = lacks === 'room' && self.leases < leasesMax
  if (relayed && isTaken) return
  const others = (await readFleet(db, now())).filter(({ id }) => id !== self.id)
  const fresh = others.filter((other) => isFresh(other, now()))
  const best = bestFor(fresh, needs)
  if (best) throw placedElsewhere(best.worker.row)
  if (isTaken) return
  // A worker that has it and is full does better than none.
  const full = fullFor(fresh, needs)
  if (full) throw placedElsewhere(full.row)
  const detail = shortfallOf([self, ...others], needs) ?? 'Try again in a moment.'
  throw new ApiError('no_capacity', detail, { retryAfterSeconds: 5 })
}

/** The enabled stream with this key that takes encoders, and its job. */
async function publishable({ db, now }: Access, streamKeyDigest: string): Promise<{ id: string; job: JobRow }> {
  const [found] = await db
    .select({ id: liveStreams.id, enabled: liveStreams.enabled, takesEncoders, job: jobs })
    .from(liveStreams)
    .innerJoin(jobs, eq(jobs.liveStreamId, liveStreams.id))
    // One index each: for an OR SQLite may read all streams.
    .where(
      sql`${liveStreams.id} IN (SELECT id FROM live_streams WHERE stream_key_digest = ${streamKeyDigest} UNION ALL
        SELECT id FROM live_streams WHERE previous_key_digest = ${streamKeyDigest} AND previous_key_until > ${now().getTime()})`,
    )
  if (!found)
    throw new ApiError(
      'unknown_stream_key',
      'No live stream has this stream key. Copy the key again from the dashboard.',
    )
  if (!found.takesEncoders)
    throw new ApiError(
      'unknown_stream_key',
      'This live stream takes no encoder. Give it an input of type push to publish to it.',
    )
  if (!found.enabled)
    throw new ApiError('stream_disabled', 'This live stream is switched off. Enable it, then publish again.')
  return found
}

const takesEncoders = sql<number>`EXISTS
  (SELECT 1 FROM inputs WHERE inputs.live_stream_id = live_streams.id AND inputs.type = 'push')`

async function leasedElsewhere({ db }: Access, streamId: string): Promise<ApiError> {
  const [found] = await db
    .select({ state: jobs.state, holder: workers })
    .from(jobs)
    .leftJoin(workers, eq(workers.id, jobs.workerId))
    .where(eq(jobs.liveStreamId, streamId))
  if (!found || found.state === 'off')
    return new ApiError('stream_disabled', 'This live stream was switched off just now.')
  const { state, holder } = found
  if (state === 'queued' || !holder)
    return new ApiError('no_capacity', 'This worker takes no more live streams. Try again in a moment.', {
      retryAfterSeconds: 5,
    })
  return new ApiError('leased_elsewhere', 'Another worker runs this live stream; publish to that one.', at(holder))
}

const placedElsewhere = (worker: Listening) =>
  new ApiError('place_elsewhere', 'Another worker has what this live stream needs; publish to that one.', at(worker))

type Listening = FleetWorker['row']

/** Where a worker listens, as a refusal says it. */
const at = ({ id, rtmpUrl, srtUrl, originUrl }: Listening) => ({
  extra: { worker: { id, rtmp_url: rtmpUrl, ...(srtUrl !== null && { srt_url: srtUrl }), origin_url: originUrl } },
})
