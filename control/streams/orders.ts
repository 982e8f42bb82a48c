import { and, eq, sql } from 'drizzle-orm'
import type { StatusReason, StreamStatus } from '#schema/enums.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import { forgetOrders } from '../jobs/broadcast-orders.ts'
import { orderStop, switchOff, switchOn, waiting } from '../jobs/enqueue.ts'
import type { Runtime } from '../runtime.ts'
import { recordEvent } from './events.ts'
import { markChanged } from './mark-changed.ts'

/** Switches the stream on. Does nothing to one that is on. */
export async function enableStream({ db, now }: Runtime, id: string): Promise<void> {
  const { stream, job } = await find(db, id)
  if (stream.enabled) return
  const at = now()
  const { reason, detail } = waiting(job.claimableBy)
  await db.batch([
    setEnabled(db, id, true, at),
    settle(db, id, 'idle', reason, detail, at),
    switchOn(db, id, at),
    ...recordEvent(db, id, 'stream.enabled', 'The live stream was switched on.', at),
    markChanged(db, id, at),
  ])
}

/**
 * Switches the stream off; a worker that runs it hears of it with its next heartbeat, and cuts short the closing slate of a
 * broadcast that was completed.
 */
export async function disableStream({ db, now }: Runtime, id: string): Promise<void> {
  const { stream, job } = await find(db, id)
  if (!stream.enabled && job.stopReason !== 'completed') return
  const at = now()
  await db.batch([
    setEnabled(db, id, false, at),
    settle(db, id, 'disabled', 'disabled_by_operator', 'Switched off. Enable it to use it again.', at),
    announce(db, id, 'Switching off: the worker ends the broadcast within a few seconds.'),
    switchOff(db, id, 'disabled_by_operator'),
    forgetOrders(db, sql`${id}`, at),
    ...recordEvent(db, id, 'stream.disabled', 'The live stream was switched off.', at),
    markChanged(db, id, at),
  ])
}

/**
 * Ends the broadcast with the worker's next heartbeat. A stream that only encoders feed stays on: what publishes after
 * that starts a new broadcast, and what publishes before is let go with the old one. All others
 * (a pull, a channel, a test picture, always on) would start again at once, so they are switched off too.
 */
export async function completeStream({ db, now }: Runtime, id: string): Promise<void> {
  const { stream, job } = await find(db, id)
  const at = now()
  if (job.claimableBy === 'publish') {
    if (job.state !== 'leased')
      throw new ApiError('conflict', 'This live stream is not on air, so there is no broadcast to end.')
    await db.batch([
      orderStop(db, id, 'completed'),
      announce(
        db,
        id,
        'Ending the broadcast within a few seconds. An encoder that connects after that starts a new one.',
      ),
      ...recordEvent(db, id, 'stream.completing', 'An operator ended the broadcast.', at),
      markChanged(db, id, at),
    ])
    return
  }
  if (!stream.enabled)
    throw new ApiError('conflict', 'This live stream is switched off, so there is no broadcast to end.')
  const detail = 'The broadcast was ended and the live stream switched off. Enable it to start a new one.'
  await db.batch([
    setEnabled(db, id, false, at),
    settle(db, id, 'disabled', 'completed', detail, at),
    announce(db, id, 'Ending the broadcast and switching off. Enable it to start a new one.'),
    switchOff(db, id, 'completed'),
    ...recordEvent(db, id, 'stream.completing', 'An operator ended the broadcast and switched the stream off.', at),
    markChanged(db, id, at),
  ])
}

async function find(db: Database, id: string) {
  const [found] = await db
    .select({ stream: liveStreams, job: jobs })
    .from(liveStreams)
    .innerJoin(jobs, eq(jobs.liveStreamId, liveStreams.id))
    .where(eq(liveStreams.id, id))
  if (!found) throw notFound('live stream')
  return found
}

const setEnabled = (db: Database, id: string, enabled: boolean, at: Date) =>
  db.update(liveStreams).set({ enabled, updatedAt: at, revision: sql`revision + 1` }).where(eq(liveStreams.id, id))

const isLeased = sql`EXISTS (SELECT 1 FROM jobs WHERE jobs.live_stream_id = live_stream_states.live_stream_id AND jobs.state = 'leased')`

/** Statement: the status of a stream that no worker runs; what a worker runs has the status that the worker reports. */
const settle = (db: Database, id: string, status: StreamStatus, reason: StatusReason, detail: string, at: Date) =>
  db
    .update(liveStreamStates)
    .set({ status, statusReason: reason, statusDetail: detail, statusSince: at.toISOString() })
    .where(and(eq(liveStreamStates.liveStreamId, id), sql`NOT ${isLeased}`))

/** Statement: says what was ordered while the worker still runs the stream. */
const announce = (db: Database, id: string, detail: string) =>
  db
    .update(liveStreamStates)
    .set({ statusDetail: detail })
    .where(and(eq(liveStreamStates.liveStreamId, id), isLeased))
