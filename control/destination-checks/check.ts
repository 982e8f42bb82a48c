import { and, count, eq, gte, isNull, lt } from 'drizzle-orm'
import type {
  CheckDestination,
  DestinationCheckResult,
  DestinationCheckSecrets,
} from '#schema/contracts/destination-check.ts'
import { newId } from '#schema/ids.ts'
import { sealSecret } from '#schema/job-signature.ts'
import { ingestUrl, platformOf } from '#schema/platforms.ts'
import { destinationChecks } from '#schema/tables/destination-checks.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { ApiError } from '../errors.ts'
import { leastLoaded, workerStateNow } from '../jobs/place.ts'
import type { Runtime } from '../runtime.ts'
import { openDestinationSecrets } from '../secrets/destination-secrets.ts'
import { requireDestination } from '../streams/destinations.ts'
import { loadWorkers, requireStream } from '../streams/load.ts'
import { staleMs } from './orders.ts'

/** Between two looks for the result, milliseconds, and how many: a worker hears of it within 3 s and tries for 8 s at most. */
const lookEachMs = 500
const looks = 30
/** At the same time, for one worker. */
const openMax = 20

/** What was left over by a request that broke off goes after so long, milliseconds. */
const leftOverMs = 60_000

/**
 * Lets a worker try the connection to a destination, up to where it would publish, and waits for what comes of it: the
 * worker that runs the stream, else the least loaded. A 503 where there is none, a 504 where it does not answer.
 */
export async function checkConnection(
  runtime: Runtime,
  streamId: string,
  request: CheckDestination,
): Promise<DestinationCheckResult> {
  const { db } = runtime
  await requireStream(db, streamId)
  const { url, caPem, secrets } = await addressOf(runtime, streamId, request)
  const worker = await chooseWorker(runtime, streamId)
  const id = newId('chk')
  const createdAt = runtime.now()
  await db.batch([
    db.delete(destinationChecks).where(lt(destinationChecks.createdAt, new Date(createdAt.getTime() - leftOverMs))),
    db.insert(destinationChecks).values({
      ...{ id, liveStreamId: streamId, workerId: worker.id, url, caPem, createdAt },
      secretsSealed: await sealSecret(JSON.stringify(secrets), worker.sealingKey),
    }),
  ])
  try {
    return await resultOf(runtime, id)
  } finally {
    await db.delete(destinationChecks).where(eq(destinationChecks.id, id))
  }
}

/** What is asked for, completed by the destination that it names, or by the platform. */
async function addressOf({ db, secretBox }: Runtime, streamId: string, request: CheckDestination) {
  const { destination_id, platform = 'custom', stream_key, ca_pem, srt_passphrase } = request
  const stored = destination_id === undefined ? undefined : (await requireDestination(db, streamId, destination_id)).row
  const known = stored && (await openDestinationSecrets(secretBox, stored))
  const url = request.url ?? stored?.url ?? ingestUrl(platformOf(platform))
  if (url === null) {
    const detail = 'Give the address: this platform has none that is the same for everybody.'
    throw new ApiError('validation_failed', detail, { errors: [{ pointer: '/url', detail }] })
  }
  const secrets: DestinationCheckSecrets = {
    stream_key: (stream_key === undefined ? known?.streamKey : stream_key) ?? '',
    srt_passphrase: (srt_passphrase === undefined ? known?.srtPassphrase : srt_passphrase) ?? null,
  }
  return { url, caPem: (ca_pem === undefined ? stored?.caPem : ca_pem) ?? null, secrets }
}

async function chooseWorker({ db, now }: Runtime, streamId: string) {
  const [workers, [job]] = await Promise.all([
    loadWorkers(db),
    db
      .select({ workerId: jobs.workerId })
      .from(jobs)
      .where(and(eq(jobs.liveStreamId, streamId), eq(jobs.state, 'leased'))),
  ])
  const isThere = (worker: (typeof workers)[number]) => workerStateNow(worker, now()) !== 'offline'
  const worker = workers.find((each) => each.id === job?.workerId && isThere(each)) ?? leastLoaded(workers, now())
  if (!worker)
    throw new ApiError('worker_unreachable', 'No worker is online that could try it. Start one, then try again.', {
      retryAfterSeconds: 5,
    })
  const waitedFor = gte(destinationChecks.createdAt, new Date(now().getTime() - staleMs))
  const [open] = await db
    .select({ count: count() })
    .from(destinationChecks)
    .where(and(eq(destinationChecks.workerId, worker.id), waitedFor, isNull(destinationChecks.result)))
  if ((open?.count ?? 0) >= openMax)
    throw new ApiError('rate_limited', 'Too many connections are being tried already. Wait some seconds.', {
      retryAfterSeconds: 10,
    })
  return worker
}

async function resultOf({ db }: Runtime, id: string): Promise<DestinationCheckResult> {
  for (let look = 0; look < looks; look++) {
    await new Promise((resolve) => setTimeout(resolve, lookEachMs))
    const [row] = await db
      .select({ result: destinationChecks.result })
      .from(destinationChecks)
      .where(eq(destinationChecks.id, id))
    if (row?.result) return row.result
  }
  throw new ApiError(
    'worker_silent',
    'The worker has not said in time what came of it. Try again; if it stays so, look whether the worker is overloaded or away.',
  )
}
