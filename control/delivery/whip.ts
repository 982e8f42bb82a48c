import { eq } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import { workers } from '#schema/tables/workers.ts'
import { ApiError } from '../errors.ts'
import { readFleet } from '../jobs/fleet.ts'
import { loadNeeds } from '../jobs/needs.ts'
import { bestFor, fullFor, leastLoaded } from '../jobs/place.ts'
import type { Runtime } from '../runtime.ts'
import { loadWorkers } from '../streams/load.ts'

/** Longest wait for a worker's answer, milliseconds: it asks control about the key and opens the connection. */
const answerMs = 15_000
const retryAfterSeconds = 2

/** What a publisher says that the worker must know. The bearer is among it: no header of it is ever logged. */
const passedToWorker = ['authorization', 'content-type', 'accept', 'if-match']
/** What the worker says that the publisher must know (RFC 9725 §4). */
const passedToPublisher = ['etag', 'link', 'accept-post', 'accept-patch', 'allow', 'retry-after', 'www-authenticate']
/** The types that WHIP answers with; anything else would be served in the dashboard's name. */
const answerTypes = ['application/sdp', 'application/trickle-ice-sdpfrag', 'application/problem+json']

/**
 * The origin of the worker that a publisher belongs to: the one that leases the stream, else, for a new publisher, the
 * one that fits best. Throws a 404 where there is no such stream, a 503 where there is no worker.
 */
export async function locatePublisher(
  { db, now }: Pick<Runtime, 'db' | 'now'>,
  liveStreamId: string,
  isNew: boolean,
): Promise<string> {
  const [job] = await db
    .select({ state: jobs.state, leaseUntil: jobs.leaseUntil, originUrl: workers.originUrl })
    .from(jobs)
    .leftJoin(workers, eq(workers.id, jobs.workerId))
    .where(eq(jobs.liveStreamId, liveStreamId))
  if (!job)
    throw new ApiError(
      'not_found',
      'There is no live stream at this address. Copy it again from where the stream is set up.',
    )
  // A session that is running stays where it began, even once its lease is over.
  const isLeased = job.state === 'leased' && job.leaseUntil >= now().getTime()
  if (job.originUrl !== null && (!isNew || isLeased)) return job.originUrl
  const placed = isNew ? await originFor({ db, now }, liveStreamId) : undefined
  if (placed !== undefined) return placed
  if (!isNew) throw new ApiError('not_found', 'This publishing session is over. Publish again.')
  throw new ApiError('worker_unreachable', 'No worker is online to take the stream. Start one, then try again.', {
    retryAfterSeconds,
  })
}

/** Of the worker that fits best, else of one that is full, else of the least loaded: what it lacks, it says when it claims the stream. */
async function originFor({ db, now }: Pick<Runtime, 'db' | 'now'>, liveStreamId: string): Promise<string | undefined> {
  const [needs, fleet] = await Promise.all([loadNeeds(db, [liveStreamId]), readFleet(db, now())])
  const needed = needs.get(liveStreamId)
  const best = needed && (bestFor(fleet, needed)?.worker ?? fullFor(fleet, needed))
  return best?.row.originUrl ?? leastLoaded(await loadWorkers(db), now())?.originUrl
}

/**
 * Hands a publisher's request to the origin that `locate` gives, and its answer back. A worker that does not answer is a 503. One
 * that says that another got the stream meanwhile is believed once, and `locate` says who that is.
 */
export async function forwardToWorker(
  locate: () => Promise<string>,
  path: string,
  request: Request,
): Promise<Response> {
  // Before anything is answered: a server that answers without having read loses the connection.
  const body = await request.arrayBuffer()
  let response = await ask(await locate(), path, request, body)
  if (response.status === 307) {
    await response.body?.cancel()
    response = await ask(await locate(), path, request, body)
  }
  const { status } = response
  // Other failures come from a proxy between us; a redirect is followed nowhere.
  if (status !== 503 && !(status >= 200 && status < 300) && !(status >= 400 && status < 500)) {
    await response.body?.cancel()
    throw unreachable(`status ${status}`)
  }
  const headers = picked(response.headers, passedToPublisher)
  const location = response.headers.get('location')
  if (location?.startsWith(`${path.split('?', 1)[0]}/`)) headers.set('location', location)
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== undefined && answerTypes.includes(type)) headers.set('content-type', type)
  headers.set('cache-control', 'no-store')
  return new Response(status === 204 ? null : await response.arrayBuffer(), { status, headers })
}

async function ask(originUrl: string, path: string, request: Request, body: ArrayBuffer): Promise<Response> {
  try {
    return await fetch(new URL(path, originUrl), {
      method: request.method,
      headers: picked(request.headers, passedToWorker),
      redirect: 'manual',
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(answerMs)]),
      ...(body.byteLength > 0 && { body }),
    })
  } catch (cause) {
    if (request.signal.aborted) throw cause
    throw unreachable(cause)
  }
}

const unreachable = (cause: unknown) =>
  new ApiError('worker_unreachable', 'The worker that takes this stream does not answer. Try again in a moment.', {
    cause,
    retryAfterSeconds,
  })

function picked(from: Headers, names: readonly string[]): Headers {
  const headers = new Headers()
  for (const name of names) {
    const value = from.get(name)
    if (value !== null) headers.set(name, value)
  }
  return headers
}
