import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { type ReportedLogLine, reportedLineMax, reportedLogLine } from '#schema/contracts/log.ts'
import type { HeartbeatRequest } from '#schema/contracts/worker.ts'
import type { Database } from '../db/database.ts'
import { hasHeld } from '../jobs/renew.ts'
import type { Runtime } from '../runtime.ts'

/**
 * Statements for a heartbeat: stores the lines that a worker tells of streams that it runs, or ran before another one took
 * them. A line that is not as it should be is left out.
 */
export function keepReportedLines(db: Database, workerId: string, beat: Pick<HeartbeatRequest, 'logs'>, now: Date) {
  const lines = (beat.logs ?? []).filter((line): line is ReportedLogLine => v.is(reportedLogLine, line))
  if (lines.length === 0) return []
  return [
    insert(db, lines, now, sql`JOIN jobs ON jobs.live_stream_id = l.value ->> '$.stream' AND ${hasHeld(workerId)}`),
  ]
}

/** Stores the lines of control itself that wait for it. */
export async function keepOwnLines({ db, logs, now }: Pick<Runtime, 'db' | 'logs' | 'now'>): Promise<void> {
  if (logs.waiting.isEmpty) return
  const known = sql`JOIN live_streams ON live_streams.id = l.value ->> '$.stream'`
  await insert(db, logs.waiting.take(), now(), known)
}

/** `only` joins each line `l` with what it must belong to. */
const insert = (db: Database, lines: readonly ReportedLogLine[], now: Date, only: ReturnType<typeof sql>) =>
  db.run(sql`INSERT OR IGNORE INTO stream_logs (id, live_stream_id, time, kept_at, level, part, msg, session, line)
    SELECT l.value ->> '$.id', l.value ->> '$.stream', l.value ->> '$.time', ${now.getTime()}, l.value ->> '$.level',
      l.value ->> '$.part', l.value ->> '$.msg', l.value ->> '$.session', json_remove(l.value, '$.id')
    FROM json_each(${JSON.stringify(lines.map(bounded))}) AS l ${only}
    ORDER BY l.key`)

/** A line that is too long keeps its words and ids. */
function bounded(line: ReportedLogLine): ReportedLogLine {
  if (JSON.stringify(line).length <= reportedLineMax) return line
  const { id, time, level, part, msg, stream, session, destination, input, worker, request_id, code } = line
  const ids = { id, time, level, part, stream, session, destination, input, worker, request_id, code }
  return { ...ids, msg: msg.slice(0, reportedLineMax / 2) }
}
