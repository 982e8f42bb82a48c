import { and, asc, desc, eq, gt, gte, inArray, like, lt, type SQL, sql } from 'drizzle-orm'
import type { KeptLogLine } from '#schema/contracts/log.ts'
import { type LogLevel, logLevels } from '#schema/log/line.ts'
import { type StreamLogRow, streamLogs } from '#schema/tables/stream-logs.ts'
import type { Database } from '../db/database.ts'

/** Which lines of a stream are wanted. */
export interface LogFilter {
  /** This and above. */
  readonly level?: LogLevel | undefined
  readonly part?: string | undefined
  /** Stands somewhere in the line, whatever the case. */
  readonly text?: string | undefined
  readonly session?: string | undefined
  /** By the clock of who wrote them. */
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** The newest lines before `before`, newest first. */
export const linesBefore = (
  db: Database,
  stream: string,
  filter: LogFilter,
  before: number | undefined,
  limit: number,
) =>
  db
    .select()
    .from(streamLogs)
    .where(and(wanted(stream, filter), before === undefined ? undefined : lt(streamLogs.seq, before)))
    .orderBy(desc(streamLogs.seq))
    .limit(limit)

/** The oldest lines after `after`, oldest first. */
export const linesAfter = (db: Database, stream: string, filter: LogFilter, after: number, limit: number) =>
  db
    .select()
    .from(streamLogs)
    .where(and(wanted(stream, filter), gt(streamLogs.seq, after)))
    .orderBy(asc(streamLogs.seq))
    .limit(limit)

/** The place of the newest line of all; 0: there is none. */
export async function lastPlace(db: Database, stream: string): Promise<number> {
  const [row] = await db
    .select({ seq: sql<number>`coalesce(max(${streamLogs.seq}), 0)` })
    .from(streamLogs)
    .where(eq(streamLogs.liveStreamId, stream))
  return Number(row?.seq ?? 0)
}

/** A line as the API answers it. */
export const presentLine = ({ seq, line }: Pick<StreamLogRow, 'seq' | 'line'>): KeptLogLine => ({
  ...(JSON.parse(line) as KeptLogLine),
  id: String(seq),
})

function wanted(stream: string, { level, part, text, session, since, until }: LogFilter): SQL | undefined {
  return and(
    eq(streamLogs.liveStreamId, stream),
    level && inArray(streamLogs.level, logLevels.slice(logLevels.indexOf(level))),
    part === undefined ? undefined : eq(streamLogs.part, part),
    session === undefined ? undefined : eq(streamLogs.session, session),
    since && gte(streamLogs.time, since.toISOString()),
    until && lt(streamLogs.time, until.toISOString()),
    text === undefined ? undefined : like(streamLogs.line, sql`'%' || ${escaped(text)} || '%' ESCAPE '\\'`),
  )
}

/** What has a meaning of its own in LIKE stands for itself. */
const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
