import { and, eq, sql } from 'drizzle-orm'
import { newId } from '#schema/ids.ts'
import { type AlertRow, alerts } from '#schema/tables/alerts.ts'
import { type Database, hasChangedRow } from '../db/database.ts'
import type { Runtime } from '../runtime.ts'
import { tellWebhooks } from '../webhooks/tell.ts'
import { conditionsOf, observe, overUnmended } from './conditions.ts'
import { type Evolution, evolve, keyOf } from './evolve.ts'
import { resolvedMax, returnWithinMs } from './limits.ts'
import { presentAlert } from './present.ts'
import { loadAlertSettings } from './rules.ts'

/**
 * Looks at what is wrong now, and writes what comes of it together with what webhooks are told. Several processes may do so at
 * once: each row's version lets one of them win, and no message is put down twice.
 */
export async function evaluateAlerts(runtime: Runtime): Promise<void> {
  const { db, log } = runtime
  const now = runtime.now()
  const [settings, seen, rows] = await Promise.all([loadAlertSettings(db), observe(runtime), recent(db, now)])
  const evolution = evolve(rows, conditionsOf(seen, settings, now), settings, now, overUnmended(seen))
  if (evolution.passedOver > 0)
    log.warn({ passed_over: evolution.passedOver }, 'too many alerts last; more are left out')
  const [first, ...more] = statementsFor(db, evolution, now)
  if (!first) return
  await db.batch([first, ...more])
  for (const { row, notice } of evolution.changed) {
    const { id, kind, subject, subjectId, liveStreamId, detail } = row
    const stream = liveStreamId ?? undefined
    if (notice !== null)
      log.warn({ alert: id, kind, subject: subjectId, stream }, `alert ${notice}: ${subject}: ${detail}`)
  }
  runtime.pulse.fire()
}

/** What was seen before a time in which nobody looked does not count as having lasted. */
export const forgetPending = (db: Database) => db.delete(alerts).where(eq(alerts.state, 'pending'))

/** All that last, those that may come back, and those of which webhooks have still to hear. */
const recent = (db: Database, now: Date): Promise<AlertRow[]> =>
  db
    .select()
    .from(alerts)
    .where(
      sql`${alerts.state} <> 'resolved' OR ${alerts.resolvedAt} >= ${now.getTime() - returnWithinMs}
        OR ${alerts.toldState} IS NOT 'resolved'`,
    )

function statementsFor(db: Database, { begun, changed, dropped, digest }: Evolution, now: Date) {
  const nowMs = now.getTime()
  return [
    ...dropped.map(({ id, version }) =>
      db.delete(alerts).where(and(eq(alerts.id, id), eq(alerts.version, version), eq(alerts.state, 'pending'))),
    ),
    ...begun.map(({ condition, rule }) => {
      const { kind, subjectId, subject, liveStreamId, detail, fix } = condition
      const row = { kind, subjectId, subject, liveStreamId, detail, fix, severity: rule.severity }
      return db
        .insert(alerts)
        .values({ ...row, id: newId('alr'), openKey: keyOf(condition), state: 'pending', since: nowMs })
        .onConflictDoNothing()
    }),
    ...changed.flatMap(({ row, notice }) => [
      update(db, row),
      ...(notice === null
        ? []
        : [
            tellWebhooks(
              db,
              {
                id: `${row.id}-${row.told}`,
                type: `alert.${notice}`,
                at: now,
                liveStreamId: row.liveStreamId,
                data: { sequence: row.told, ...presentAlert(row) },
              },
              'both',
              hasChangedRow,
            ),
          ]),
    ]),
    ...digest.map((row) => update(db, row)),
    ...digests(db, digest, now),
    ...(changed.some(({ row }) => row.state === 'resolved') ? [trimResolved(db)] : []),
  ]
}

const update = (db: Database, { seq, id, version, ...values }: AlertRow) =>
  db
    .update(alerts)
    .set({ ...values, version: version + 1 })
    .where(and(eq(alerts.seq, seq), eq(alerts.id, id), eq(alerts.version, version)))

/** What was held back, in one message: all of it for webhooks of the install, and for those of one live stream what is about that. */
function digests(db: Database, held: readonly AlertRow[], now: Date) {
  const [first] = held
  if (!first) return []
  const message = (rows: readonly AlertRow[], liveStreamId: string | null) => ({
    id: `${rows[0]?.id}-${rows[0]?.told}-digest${liveStreamId === null ? '' : `-${liveStreamId}`}`,
    type: 'alert.digest',
    at: now,
    liveStreamId,
    data: { sequence: rows[0]?.told ?? 0, alerts: rows.map(presentAlert) },
  })
  const ofStreams = Map.groupBy(
    held.filter(({ liveStreamId }) => liveStreamId !== null),
    ({ liveStreamId }) => liveStreamId,
  )
  return [
    tellWebhooks(db, message(held, null), 'install'),
    ...Array.from(ofStreams, ([liveStreamId, rows]) => tellWebhooks(db, message(rows, liveStreamId), 'stream')),
  ]
}

const trimResolved = (db: Database) =>
  db.run(sql`DELETE FROM alerts WHERE state = 'resolved' AND seq <= (
    SELECT newer.seq FROM alerts AS newer WHERE newer.state = 'resolved' ORDER BY newer.seq DESC LIMIT 1 OFFSET ${resolvedMax})`)
