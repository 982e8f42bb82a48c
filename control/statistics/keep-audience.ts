import { type SQL, sql } from 'drizzle-orm'
import { sampleBlockSeconds } from '#schema/contracts/samples.ts'
import { figuresOf } from '#schema/samples/figures.ts'
import { Sketch } from '#schema/samples/sketch.ts'
import { combineRows, parseRows, printRows, type Row } from '#schema/samples/text.ts'
import type { Runtime } from '../runtime.ts'
import { viewersOf } from './tiers.ts'
import { leftAfterSeconds } from './viewers.ts'

/** What one process heard of a live stream in one slot. */
export interface HeardSlot {
  readonly liveStreamId: string
  readonly sketch: string
  readonly text: string
}

/** Slots are kept for so long, seconds: to count those of the last minute again, each needs the minute before it. */
const slotsKeptSeconds = 150
const slotSeconds = 10

type SlotRow = [liveStreamId: string, at: number, sketch: string, text: string]
type BroadcastRow = [liveStreamId: string, broadcastId: string, sketch: string | null]

/**
 * Writes what this process heard, then counts again what all processes have heard of these live streams: the pages of the last
 * minute are its viewers, and what they told is added up. Whoever was heard last has seen all others, and nobody else writes
 * the count, so it comes out right however many processes there are. Slots before, in which nobody told of himself by chance,
 * are filled in.
 */
export async function keepAudience(
  { db, now }: Pick<Runtime, 'db' | 'now'>,
  writer: string,
  at: number,
  heard: readonly HeardSlot[],
): Promise<void> {
  const firstAt = at - 2 * leftAfterSeconds
  const ids = JSON.stringify(heard.map(({ liveStreamId }) => liveStreamId))
  const [, slots, broadcasts] = await db.batch([
    db.run(sql`INSERT OR REPLACE INTO audience_slots (live_stream_id, at, writer, sketch, text)
      SELECT h.value ->> 'liveStreamId', ${at}, ${writer}, h.value ->> 'sketch', h.value ->> 'text'
      FROM json_each(${JSON.stringify(heard)}) AS h, live_streams WHERE live_streams.id = h.value ->> 'liveStreamId'`),
    db.all<SlotRow>(sql`SELECT live_stream_id, at, sketch, text FROM audience_slots
      WHERE live_stream_id IN (SELECT value FROM json_each(${ids})) AND at > ${firstAt} AND at <= ${at}`),
    db.all<BroadcastRow>(sql`SELECT states.live_stream_id, broadcasts.id, audiences.sketch
      FROM live_stream_states AS states
      JOIN broadcasts ON broadcasts.id = 'brd_' || substr(states.session_id, 5)
      LEFT JOIN broadcast_audiences AS audiences ON audiences.broadcast_id = broadcasts.id
      WHERE states.live_stream_id IN (SELECT value FROM json_each(${ids}))`),
    db.run(sql`DELETE FROM audience_slots WHERE at < ${Math.floor(now().getTime() / 1_000) - slotsKeptSeconds}`),
  ])
  const slotsOf = Map.groupBy(slots, ([liveStreamId]) => liveStreamId)
  const counted = Array.from(slotsOf, ([liveStreamId, rows]) => ({ liveStreamId, viewers: viewersAt(rows, at) }))
  const written = Array.from(slotsOf, ([liveStreamId, rows]) =>
    [at, ...silentSlots(rows, at)].map((slotAt) => {
      const told = rows.filter((row) => row[1] === slotAt).map(([, , , text]) => parseRows(text))
      const text = printTold(told, viewersAt(rows, slotAt).count)
      return { subject: viewersOf(liveStreamId), at: slotAt, text, liveStreamId, seen: rows.length }
    }),
  ).flat()
  const audiences = broadcasts.flatMap(([liveStreamId, broadcastId, sketch]) => {
    const viewers = counted.find((each) => each.liveStreamId === liveStreamId)?.viewers
    if (!viewers || (viewers.count === 0 && sketch === null)) return []
    const pages = Sketch.parse(sketch ?? '')
    pages.merge(viewers)
    const seen = slotsOf.get(liveStreamId)?.length
    return [{ broadcastId, liveStreamId, viewers: viewers.count, pages: pages.count, sketch: pages.text, seen }]
  })
  const wasHeardLast = (counted: SQL) => sql`${counted} ->> 'seen' >= (SELECT count(*) FROM audience_slots
    WHERE live_stream_id = ${counted} ->> 'liveStreamId' AND at > ${firstAt} AND at <= ${at})`
  await db.batch([
    db.run(sql`INSERT OR REPLACE INTO samples (block, subject, at, text)
      SELECT (c.value ->> 'at') / ${sql.raw(`${sampleBlockSeconds}`)}, c.value ->> 'subject', c.value ->> 'at', c.value ->> 'text'
      FROM json_each(${JSON.stringify(written)}) AS c WHERE ${wasHeardLast(sql`c.value`)}`),
    db.run(sql`INSERT INTO broadcast_audiences (broadcast_id, live_stream_id, at, viewers, peak, pages, sketch)
      SELECT a.value ->> 'broadcastId', a.value ->> 'liveStreamId', ${at}, a.value ->> 'viewers', a.value ->> 'viewers',
        a.value ->> 'pages', a.value ->> 'sketch'
      FROM json_each(${JSON.stringify(audiences)}) AS a WHERE ${wasHeardLast(sql`a.value`)}
      ON CONFLICT (broadcast_id) DO UPDATE SET at = max(broadcast_audiences.at, excluded.at), viewers = excluded.viewers,
        peak = max(broadcast_audiences.peak, excluded.peak), pages = excluded.pages, sketch = excluded.sketch`),
  ])
}

/** The pages of the minute that ends with this slot. */
function viewersAt(rows: readonly SlotRow[], at: number): Sketch {
  const viewers = new Sketch()
  for (const [, slotAt, sketch] of rows)
    if (slotAt <= at && slotAt > at - leftAfterSeconds) viewers.merge(Sketch.parse(sketch))
  return viewers
}

/** Slots of the last minute in which nothing was heard, though somebody was there. */
function silentSlots(rows: readonly SlotRow[], at: number): number[] {
  const heardAt = rows.map(([, slotAt]) => slotAt)
  return Array.from(
    { length: leftAfterSeconds / slotSeconds - 1 },
    (_, index) => at - (index + 1) * slotSeconds,
  ).filter((slot) => !heardAt.includes(slot) && heardAt.some((each) => each < slot && each > slot - leftAfterSeconds))
}

function printTold(told: readonly Map<string, (Row | null)[]>[], viewers: number): string {
  const rows = new Map<string, Row[]>()
  const seconds = slotSeconds
  rows.set('v', [
    {
      seconds,
      cells: [
        { total: viewers * seconds, of: seconds },
        { total: viewers, of: seconds },
      ],
    },
  ])
  for (const subject of new Set(told.flatMap((each) => [...each.keys()]))) {
    // Of several processes it is the same ten seconds.
    const row = combineRows(
      told.map((each) => each.get(subject)?.[0] ?? null),
      figuresOf(subject),
    )
    const cells = row?.cells.map((cell) => cell && { total: cell.total, of: seconds })
    if (cells) rows.set(subject, [{ seconds, cells }])
  }
  return printRows(rows)
}
