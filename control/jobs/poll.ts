import { sql } from 'drizzle-orm'
import type { PollRequest } from '#schema/contracts/worker.ts'
import type { JobRow, ReservedUnits } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import type { WorkerRow } from '#schema/tables/workers.ts'
import type { Database } from '../db/database.ts'
import type { Runtime } from '../runtime.ts'
import { type Claimable, claimable, claimPolled, claimUnheard, isAvoided } from './claim.ts'
import { explainWaiting } from './explain-waiting.ts'
import { type FleetWorker, readFleet, readFleetWorker, withLease } from './fleet.ts'
import { loadNeeds } from './needs.ts'
import { type Fit, fitOf, isClearlyBetter, type StreamNeeds } from './place.ts'

/** A live stream waits so long for the worker that fits best; then any takes it that fits. Milliseconds. */
export const graceMs = 3_000
/** Live streams that are looked at together. */
const lookedAtOnce = 20
/** Work is not kept for a worker that was silent for two heartbeats, milliseconds. */
const freshMs = 6_000

/** A worker that speaks now; `instance`: the start of its process, null where it does not say. */
export interface Caller {
  readonly worker: WorkerRow
  readonly instance: string | null
}

/**
 * Claims live streams for a worker that polls: those that fit it, unless another worker that is alive fits clearly better and
 * has not had its chance for three seconds. Nothing hangs on that: each claim is one transaction, whoever was chosen. What it
 * has claimed before without hearing of it comes first.
 */
export async function claimByPoll(
  { db, now }: Pick<Runtime, 'db' | 'now'>,
  { worker, instance }: Caller,
  { slots, avoid, held }: Pick<PollRequest, 'slots' | 'avoid' | 'held'>,
): Promise<JobRow[]> {
  if (slots === 0) return []
  if (held !== undefined) {
    const unheard = await claimUnheard(db, { workerId: worker.id, instance }, { held, avoid }, now())
    if (unheard.length > 0) return unheard
  }
  const waiting = await withoutAvoided(db, await claimable(db, now()), avoid)
  const found = waiting.length === 0 ? undefined : await readFleetWorker(db, worker.id)
  if (!found) return []
  let self: FleetWorker = found
  let others: readonly FleetWorker[] | undefined
  const claims: JobRow[] = []
  const unfit = new Map<string, StreamNeeds>()
  // Most polls have what they want after a few.
  for (let from = 0; from < waiting.length && claims.length < slots; from += lookedAtOnce) {
    const some = waiting.slice(from, from + lookedAtOnce)
    const needs = await loadNeeds(
      db,
      some.map(({ liveStreamId }) => liveStreamId),
    )
    for (const job of some) {
      if (claims.length === slots) break
      const needed = needs.get(job.liveStreamId)
      if (!needed) continue
      const fit = fitOf(self, needed)
      if (!fit.fits && job.isUnfit) continue
      others ??= (await readFleet(db, now())).filter(({ id }) => id !== worker.id)
      if (!fit.fits) {
        if (!others.some((other) => fitOf(other, needed).fits)) unfit.set(job.liveStreamId, needed)
        continue
      }
      if (isKeptForBetter(job, fit, needed, others, now())) continue
      const reserved = reservedFor(fit)
      const claim = await claimPolled(db, job, { workerId: worker.id, instance, reserved }, now())
      if (!claim) continue
      claims.push(claim)
      self = withLease(self, reserved)
    }
  }
  if (unfit.size > 0) await explainWaiting(db, [self, ...(others ?? [])], unfit, now())
  return claims
}

/** What a claim is reckoned to take of its worker. */
export const reservedFor = ({ encoder, load }: Fit & { fits: true }): ReservedUnits => ({
  encoder,
  encode_units: load.encodeUnits,
  cpu_units: load.cpuUnits,
})

/** Whether somebody who was heard of a moment ago should rather have it, and still has time to take it. */
function isKeptForBetter(
  { queuedAt }: Claimable,
  fit: Fit,
  needs: StreamNeeds,
  others: readonly FleetWorker[],
  now: Date,
): boolean {
  if (Math.abs(now.getTime() - queuedAt) >= graceMs) return false
  return others.some((other) => isFresh(other, now) && isClearlyBetter(fitOf(other, needs), fit))
}

/** Whether a worker was heard of so lately that work may be kept for it. */
export const isFresh = ({ row }: FleetWorker, now: Date): boolean =>
  Math.abs(now.getTime() - row.lastSeenAt.getTime()) <= freshMs

/** Without what failed on this worker and was not changed since. */
async function withoutAvoided(db: Database, waiting: Claimable[], avoid: PollRequest['avoid']): Promise<Claimable[]> {
  if (waiting.length === 0 || avoid.length === 0) return waiting
  const avoided = await db.select({ id: liveStreams.id }).from(liveStreams).where(isAvoided(avoid))
  const ids = new Set(avoided.map(({ id }) => id))
  return waiting.filter(({ liveStreamId }) => !ids.has(liveStreamId))
}

/** Statement, after a change that may let a worker take what none could: polls look at all that waits again. */
export const lookAgain = (db: Database) =>
  db.run(sql`UPDATE jobs SET is_unfit = 0 WHERE state = 'queued' AND claimable_by = 'poll' AND is_unfit = 1`)
