import { asc, gt, sql } from 'drizzle-orm'
import type { Update } from '#schema/contracts/updates.ts'
import { changes, events } from '#schema/tables/events.ts'
import { eventsKeptPerStream } from '../config.ts'
import type { Database } from '../db/database.ts'
import { tombstoneMs } from '../jobs/reap.ts'
import type { Runtime } from '../runtime.ts'
import { presentEvent } from './events.ts'
import { loadLiveStreams } from './load.ts'

/** How far a watcher has read: the last change and the last event. */
export interface Position {
  readonly change: number
  readonly event: number
}

/** An update with the position after it. */
export type PlacedUpdate = Exclude<Update, { name: 'reset' }> & { readonly position: Position }

/** Changes and events read at once, each. */
const batchMax = 100
/** After so many events since, some of a stream may be gone already; and after so long, that a stream was deleted. */
const resumableEvents = eventsKeptPerStream
const resumableSeconds = tombstoneMs / 1000 - 3_600

/** Where a watcher starts that has not watched before: at the end. */
export async function latestPosition(db: Database): Promise<Position> {
  const [[change], [event]] = await db.batch([
    db.select({ seq: sql<number>`coalesce(max(${changes.seq}), 0)` }).from(changes),
    db.select({ seq: sql<number>`coalesce(max(${events.seq}), 0)` }).from(events),
  ])
  return { change: change?.seq ?? 0, event: event?.seq ?? 0 }
}

/** What has changed and happened since `position`: streams first, in the order of their last change, then events. */
export async function readUpdates(runtime: Runtime, position: Position, publicUrl: string): Promise<PlacedUpdate[]> {
  const { db } = runtime
  const [changed, happened] = await db.batch([
    db.select().from(changes).where(gt(changes.seq, position.change)).orderBy(asc(changes.seq)).limit(batchMax),
    db.select().from(events).where(gt(events.seq, position.event)).orderBy(asc(events.seq)).limit(batchMax),
  ])
  const streams = await loadLiveStreams(
    runtime,
    changed.map((row) => row.liveStreamId),
    publicUrl,
  )
  const byId = new Map(streams.map((stream) => [stream.id, stream]))
  const lastChange = changed.at(-1)?.seq ?? position.change
  return [
    ...changed.map(({ seq, liveStreamId }): PlacedUpdate => {
      const stream = byId.get(liveStreamId)
      const after = { change: seq, event: position.event }
      return stream
        ? { name: 'live_stream', data: stream, position: after }
        : { name: 'live_stream_deleted', data: { id: liveStreamId }, position: after }
    }),
    ...happened.map(
      (row): PlacedUpdate => ({
        name: 'event',
        data: presentEvent(row),
        position: { change: lastChange, event: row.seq },
      }),
    ),
  ]
}

/** Whether nothing of what came after a position is forgotten; `writtenAt`: Unix seconds of the id that it was read from. */
export async function isResumable(
  { db, now }: Pick<Runtime, 'db' | 'now'>,
  { change, event, writtenAt }: WrittenPosition,
): Promise<boolean> {
  if (now().getTime() / 1000 - writtenAt > resumableSeconds) return false
  const latest = await latestPosition(db)
  // Behind what was told before: this is another database, or one from a backup.
  if (change > latest.change || event > latest.event) return false
  const [tooMany] = await db
    .select({ seq: events.seq })
    .from(events)
    .where(gt(events.seq, event))
    .orderBy(asc(events.seq))
    .limit(1)
    .offset(resumableEvents - 1)
  return tooMany === undefined
}

/** Which live stream an update is about. */
export const streamOf = (update: PlacedUpdate): string =>
  update.name === 'event' ? update.data.live_stream_id : update.data.id

/** A position with the time at which it was told. */
export interface WrittenPosition extends Position {
  readonly writtenAt: number
}

/** A position as an SSE id: `<change>-<event>-<Unix seconds>`. */
export const printPosition = ({ change, event }: Position, now: Date): string =>
  `${change}-${event}-${Math.floor(now.getTime() / 1000)}`

/** The position in a `Last-Event-ID` header; undefined if it is none that we wrote. */
export function readPosition(id: string): WrittenPosition | undefined {
  const [, change, event, writtenAt] = /^(\d{1,15})-(\d{1,15})-(\d{1,15})$/.exec(id) ?? []
  return change === undefined
    ? undefined
    : { change: Number(change), event: Number(event), writtenAt: Number(writtenAt) }
}
