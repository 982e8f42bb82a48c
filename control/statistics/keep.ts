import { sql } from 'drizzle-orm'
import { type SampleBatch, sampleBlockSeconds } from '#schema/contracts/samples.ts'
import type { HeartbeatRequest } from '#schema/contracts/worker.ts'
import type { Database } from '../db/database.ts'

/** What is older, or lies further ahead, is by a clock that is wrong, and nobody would find it. Seconds. */
const oldestSeconds = 1_200
const aheadSeconds = 60

/**
 * Statements: keeps the samples of a heartbeat as they came; none where it brings none. A worker may tell of streams whose lease
 * it has held last: what was measured before that was lost may come late. What comes twice takes its own place.
 */
export function keepSamples(
  db: Database,
  workerId: string,
  { sessions, samples }: Pick<HeartbeatRequest, 'sessions' | 'samples'>,
  now: Date,
) {
  const nowSeconds = now.getTime() / 1_000
  const isTimely = ({ at, text }: SampleBatch) =>
    text !== '' && at > nowSeconds - oldestSeconds && at < nowSeconds + aheadSeconds
  const ofStreams = sessions.flatMap((session) => {
    const batch = session.samples
    return batch && isTimely(batch) ? [[session.live_stream_id, batch.at, batch.text]] : []
  })
  return [
    ...(ofStreams.length > 0
      ? [
          db.run(sql`INSERT OR REPLACE INTO samples (block, subject, at, text)
            SELECT (b.value ->> 1) / ${sql.raw(`${sampleBlockSeconds}`)}, jobs.live_stream_id, b.value ->> 1, b.value ->> 2
            FROM json_each(${JSON.stringify(ofStreams)}) AS b, jobs
            WHERE jobs.live_stream_id = b.value ->> 0 AND +jobs.worker_id = ${workerId}`),
        ]
      : []),
    ...(samples && isTimely(samples)
      ? [
          db.run(sql`INSERT OR REPLACE INTO samples (block, subject, at, text)
            VALUES (${Math.floor(samples.at / sampleBlockSeconds)}, ${workerId}, ${samples.at}, ${samples.text})`),
        ]
      : []),
  ]
}
