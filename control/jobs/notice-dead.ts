import { and, eq, gte, lt, sql } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import { workers } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'
import type { Runtime } from '../runtime.ts'

/** A worker that has missed a heartbeat is looked for, milliseconds since its last. */
const silentMs = 5_000
/** Longest wait for its answer, milliseconds. */
const answerMs = 1_500
/** Workers that are looked for at a time. */
const maxAtOnce = 20

/**
 * Ends the leases of workers that are dead for sure, without waiting until they run out: silent ones at whose address nothing
 * listens any more. Should a worker live on all the same behind a network that refuses in its place, it ends its sessions
 * by its own clock (fence.ts of the worker), well within a lease. Where the runtime does not say that a connection was refused, the
 * lease decides. Gives the number of such workers.
 */
export async function noticeDead(
  { db, log, now }: Pick<Runtime, 'db' | 'log' | 'now'>,
  isRefused: (originUrl: string) => Promise<boolean> = refusesConnections,
): Promise<number> {
  const at = now().getTime()
  const silent = await db
    .selectDistinct({ id: workers.id, originUrl: workers.originUrl, lastSeenAt: workers.lastSeenAt })
    .from(workers)
    .innerJoin(jobs, and(eq(jobs.workerId, workers.id), eq(jobs.state, 'leased')))
    .where(
      and(
        lt(workers.lastSeenAt, new Date(at - silentMs)),
        gte(workers.lastSeenAt, new Date(at - 2 * leaseSeconds * 1_000)),
        gte(jobs.leaseUntil, at),
      ),
    )
    // Those that do not answer are not asked before all others again and again.
    .orderBy(sql`random()`)
    .limit(maxAtOnce)
  const dead = await Promise.all(
    silent.map(async ({ id, originUrl, lastSeenAt }) => {
      if (!(await isRefused(originUrl))) return false
      const stillSilent = sql`last_seen_at = ${lastSeenAt.getTime()}`
      const [ended] = await db.batch([
        db
          .update(jobs)
          .set({ leaseUntil: at - 1 })
          .where(
            sql`worker_id = ${id} AND state = 'leased' AND lease_until >= ${at}
              AND EXISTS (SELECT 1 FROM workers WHERE id = ${id} AND ${stillSilent})`,
          )
          .returning({ id: jobs.liveStreamId }),
        // Until its next heartbeat, as if it had said goodbye.
        db
          .update(workers)
          .set({ state: 'offline' })
          .where(and(eq(workers.id, id), stillSilent)),
      ])
      if (ended.length > 0)
        log.warn({ worker: id, leases: ended.length }, 'a worker is gone: nothing listens where it was')
      return ended.length > 0
    }),
  )
  return dead.filter(Boolean).length
}

async function refusesConnections(originUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/witness', originUrl), {
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMs),
    })
    await answer.body?.cancel()
    return false
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } }
    return cause?.code === 'ECONNREFUSED'
  }
}
