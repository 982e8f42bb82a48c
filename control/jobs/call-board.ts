import { gt, sql } from 'drizzle-orm'
import type { PollRequest, PollResponse } from '#schema/contracts/worker.ts'
import { workers } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'
import type { Runtime } from '../runtime.ts'
import { type Claimable, claimable } from './claim.ts'
import { type FleetWorker, readFleet, withLease } from './fleet.ts'
import { loadNeeds } from './needs.ts'
import { ordersIn, selectOrders } from './orders.ts'
import { bestFor } from './place.ts'
import { graceMs, reservedFor } from './poll.ts'

/** A worker whose poll is held back. */
export interface Waiter {
  readonly workerId: string
  /** What it knows of the orders for it; undefined: it does not want to hear of them. */
  readonly orders: string | undefined
  readonly wantsWork: boolean
  readonly avoid: PollRequest['avoid']
}

/** Tells workers whose polls are held back when there is something for them. It claims nothing for them. */
export interface CallBoard {
  /** Orders or work may be others than before: who waits is looked after now. */
  call(): void
  /** Why the worker should ask again; undefined: nothing came up in that time, or `signal` fired. */
  wait(waiter: Waiter, ms: number, signal: AbortSignal): Promise<PollResponse['again']>
}

type Access = Pick<Runtime, 'db' | 'now' | 'log' | 'pulse'>

/** Looks are this far apart at least, and at most while anybody waits, milliseconds. */
const restMs = 50
const lookEveryMs = 1_000
/** After a look comes a rest of so many times its length: in a large fleet looking takes a fifth of a core at most. */
const restShare = 4
/** Live streams that one look finds workers for. */
const streamsPerLook = 20
/** Workers that are told of a live stream which the best one has left lying. */
const toldLater = 3

/** Of this runtime: one that looks for all, or where requests can't wake each other, one look for each. */
export const createCallBoard = (access: Access): CallBoard =>
  access.pulse.isShared ? sharedBoard(access) : soloBoard(access)

/**
 * One look, of a few statements, serves all who wait, however many: a thousand idle workers cost one a second. A live stream
 * that waits is told to the one worker that fits it best, and after three seconds to some more.
 */
function sharedBoard(access: Access): CallBoard {
  /** Bound: one per worker whose poll is held back; a poll lasts 25 s. */
  const waiting = new Map<Waiter, (again: PollResponse['again']) => void>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueMs = Number.POSITIVE_INFINITY
  let isLooking = false
  let restsUntilMs = 0

  function lookIn(ms: number) {
    const atMs = Math.max(performance.now() + ms, restsUntilMs)
    if (atMs >= dueMs || waiting.size === 0) return
    if (timer !== undefined) clearTimeout(timer)
    dueMs = atMs
    timer = setTimeout(() => void look(), atMs - performance.now())
  }

  async function look() {
    dueMs = Number.POSITIVE_INFINITY
    if (isLooking) return lookIn(restMs)
    isLooking = true
    const beganMs = performance.now()
    try {
      const told = await whomToTell(access, [...waiting.keys()])
      for (const [waiter, again] of told) waiting.get(waiter)?.(again)
    } catch (error) {
      access.log.error({ err: error }, 'could not look what there is for workers')
    } finally {
      isLooking = false
      const endedMs = performance.now()
      restsUntilMs = Math.min(endedMs + restShare * (endedMs - beganMs), endedMs + lookEveryMs)
      lookIn(lookEveryMs)
    }
  }

  return {
    call: () => lookIn(restMs),
    wait(waiter, ms, signal) {
      if (signal.aborted) return Promise.resolve(undefined)
      return new Promise((resolve) => {
        const end = (again: PollResponse['again']) => {
          clearTimeout(over)
          waiting.delete(waiter)
          signal.removeEventListener('abort', giveUp)
          if (waiting.size === 0 && timer !== undefined) clearTimeout(timer)
          if (waiting.size === 0) dueMs = Number.POSITIVE_INFINITY
          resolve(again)
        }
        const giveUp = () => end(undefined)
        const over = setTimeout(giveUp, ms)
        signal.addEventListener('abort', giveUp)
        waiting.set(waiter, end)
        // What came up while it was on its way here.
        lookIn(restMs)
      })
    },
  }
}

/** Where requests know nothing of each other, each looks for itself, less often the more workers there are. */
function soloBoard({ db, now, pulse }: Access): CallBoard {
  return {
    call() {},
    async wait({ workerId, orders, wantsWork, avoid }, ms, signal) {
      const lookMs = await distanceOfLooks()
      for (let leftMs = ms; leftMs > 0 && !signal.aborted; leftMs -= lookMs) {
        await pulse.wait(Math.min(lookMs, leftMs), signal)
        const current = ordersIn(await selectOrders(db, [workerId], now())).get(workerId)
        if (orders !== undefined && current?.text !== orders) return 'orders'
        if (wantsWork && (await claimable(db, now())).some((job) => isWork(job, avoid))) return 'work'
      }
      return undefined
    },
  }

  /** A thousand workers look 250 times a second in all. */
  async function distanceOfLooks(): Promise<number> {
    const heardSince = new Date(now().getTime() - leaseSeconds * 1000)
    const [counted] = await db
      .select({ online: sql<number>`count(*)` })
      .from(workers)
      .where(gt(workers.lastSeenAt, heardSince))
    return Math.min(5_000, Math.max(lookEveryMs, 4 * (counted?.online ?? 0)))
  }
}

const isWork = (job: Claimable, avoid: PollRequest['avoid']) =>
  !job.isUnfit && !avoid.some(({ live_stream_id }) => live_stream_id === job.liveStreamId)

async function whomToTell(
  { db, now }: Access,
  waiters: readonly Waiter[],
): Promise<ReadonlyMap<Waiter, NonNullable<PollResponse['again']>>> {
  const told = new Map<Waiter, 'work' | 'orders'>()
  if (waiters.length === 0) return told
  const ids = waiters.map(({ workerId }) => workerId)
  const orders = ordersIn(await selectOrders(db, ids, now()))
  for (const waiter of waiters)
    if (waiter.orders !== undefined && orders.get(waiter.workerId)?.text !== waiter.orders) told.set(waiter, 'orders')
  const idle = waiters.filter((waiter) => waiter.wantsWork && !told.has(waiter))
  if (idle.length === 0) return told
  const waiting = (await claimable(db, now())).filter(({ isUnfit }) => !isUnfit).slice(0, streamsPerLook)
  if (waiting.length === 0) return told
  const [needs, fleet] = await Promise.all([
    loadNeeds(
      db,
      waiting.map(({ liveStreamId }) => liveStreamId),
    ),
    readFleet(db, now()),
  ])
  const byWorker = new Map(idle.map((waiter) => [waiter.workerId, waiter]))
  let candidates: readonly FleetWorker[] = fleet.filter(({ id }) => byWorker.has(id))
  for (const job of waiting) {
    const needed = needs.get(job.liveStreamId)
    if (!needed) continue
    const isLeftLying = Math.abs(now().getTime() - job.queuedAt) >= graceMs
    let possible = candidates.filter(({ id }) => isWork(job, byWorker.get(id)?.avoid ?? []))
    for (let count = isLeftLying ? toldLater : 1; count > 0; count--) {
      const best = bestFor(possible, needed)
      const waiter = best && byWorker.get(best.worker.id)
      if (!waiter) break
      told.set(waiter, 'work')
      possible = possible.filter(({ id }) => id !== best.worker.id)
      candidates = candidates.map((each) =>
        each.id === best.worker.id ? withLease(each, reservedFor(best.fit)) : each,
      )
    }
  }
  return told
}
