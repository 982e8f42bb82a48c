import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { type AlertRow, alerts } from '#schema/tables/alerts.ts'
import type { Database } from '../db/database.ts'
import { notFound } from '../errors.ts'
import type { Runtime } from '../runtime.ts'

/** Alerts that last or are over, newest first; without a state both. */
export const listAlerts = (
  db: Database,
  { state, before, limit }: { state: 'open' | 'resolved' | undefined; before: number | undefined; limit: number },
): Promise<AlertRow[]> =>
  db
    .select()
    .from(alerts)
    .where(
      and(
        inArray(alerts.state, state ? [state] : ['open', 'resolved']),
        before === undefined ? undefined : lt(alerts.seq, before),
      ),
    )
    .orderBy(desc(alerts.seq))
    .limit(limit)

/** Says that somebody knows of it: no more reminders. The first to say so stays named. */
export async function acknowledgeAlert({ db, now }: Runtime, id: string, by: string): Promise<AlertRow> {
  const [row] = await db
    .update(alerts)
    .set({
      acknowledgedAt: sql`coalesce(acknowledged_at, ${now().getTime()})`,
      acknowledgedBy: sql`coalesce(acknowledged_by, ${by})`,
      version: sql`version + 1`,
    })
    .where(and(eq(alerts.id, id), inArray(alerts.state, ['open', 'resolved'])))
    .returning()
  if (!row) throw notFound('alert')
  return row
}
