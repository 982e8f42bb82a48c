import { eq, sql } from 'drizzle-orm'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { insertJob, waiting } from '../jobs/enqueue.ts'
import { raiseRevision } from '../streams/configure.ts'
import { recordEvent } from '../streams/events.ts'
import { markChanged } from '../streams/mark-changed.ts'
import type { ReadExport } from './read-export.ts'
import type { Section } from './sections.ts'

/** One statement of a transaction. */
export type Statement = Parameters<Database['batch']>[0][number]

/** Statement: a row that is new, or the columns of one that is here. A live stream that is here stays switched as it is. */
export function rowStatements(
  db: Database,
  section: Section,
  id: string,
  values: Record<string, unknown>,
  isHere: boolean,
  at: Date,
): Statement[] {
  const own = section.name === 'playback_ids' || section.name === 'users' ? {} : { updatedAt: at }
  const { enabled, ...kept } = values
  if (isHere)
    return [
      db
        .update(section.table)
        .set({
          ...(section.name === 'live_streams' ? kept : { ...kept, ...(enabled !== undefined && { enabled }) }),
          ...own,
        } as never)
        .where(eq(section.table.id, id)),
    ]
  const counted = section.name === 'live_streams' ? { revision: 1 } : {}
  return [db.insert(section.table).values({ createdAt: at, ...values, ...counted, ...own, id } as never)]
}

/** Statements: what belongs to a live stream that is new. */
export function beginnings(
  db: Database,
  id: string,
  { live_streams }: ReadExport['document'],
  idHere: (id: unknown) => unknown,
  at: Date,
): Statement[] {
  const row = live_streams.find((each) => idHere(each.id) === id)
  const enabled = row?.enabled === true
  const { reason, detail } = waiting('publish')
  return [
    db.insert(liveStreamStates).values({
      liveStreamId: id,
      status: enabled ? 'idle' : 'disabled',
      statusReason: enabled ? reason : 'disabled_by_operator',
      statusDetail: enabled ? detail : 'Switched off. Enable it to use it.',
      statusSince: at.toISOString(),
      playable: false,
      renditions: [],
      issues: [],
    }),
    insertJob(db, { id, enabled }, at),
    ...recordEvent(db, id, 'stream.created', `The live stream “${String(row?.name)}” was imported.`, at),
    markChanged(db, id, at),
  ]
}

/** Statements: what belongs to a live stream that is here and other now. */
export const changed = (db: Database, id: string, at: Date): Statement[] => [
  raiseRevision(db, id, at),
  ...recordEvent(db, id, 'stream.changed', 'The settings were changed by an import.', at),
  markChanged(db, id, at),
]

/** Statement: every live stream is to hear of the settings. */
export const raiseAll = (db: Database, at: Date): Statement =>
  db.update(liveStreams).set({ revision: sql`revision + 1`, updatedAt: at })
