import { sql } from 'drizzle-orm'
import { sampleBlockSeconds } from '#schema/contracts/samples.ts'
import { parseRows } from '#schema/samples/text.ts'
import type { Database } from '../db/database.ts'
import { added, merged, type Points, placed, rolledUp, within } from './points.ts'
import type { Grid } from './range.ts'
import type { BatchRow } from './roll-up.ts'
import { tiers } from './tiers.ts'

/**
 * What is kept of a subject, as points of the grid. What of the last minutes is not rolled up yet is taken as it came.
 * Those that `wants` does not want are named without points.
 */
export async function readPoints(
  db: Database,
  subject: string,
  { step, tierStep, firstAt, count }: Grid,
  wants: (subject: string) => boolean = () => true,
): Promise<Points> {
  const to = firstAt + count * step
  const tier = tiers.find((each) => each.step === tierStep)
  const firstBlock = Math.floor(firstAt / sampleBlockSeconds)
  const [fresh, kept] = await db.batch([
    db.all<BatchRow>(sql`SELECT at, text FROM samples
      WHERE subject = ${subject} AND block >= ${firstBlock} AND block <= ${Math.floor(to / sampleBlockSeconds)}
        AND at < ${to} AND ${tier ? notRolled : sql`true`} ORDER BY at`),
    db.all<BatchRow>(sql`SELECT at, text FROM sample_blocks
      WHERE subject = ${subject} AND step = ${tierStep} AND at > ${firstAt - tierStep * (tier?.points ?? 0)} AND at < ${to}`),
  ])
  const seconds = merged(fresh.map(([at, text]) => placed(parseRows(text, wants), at, 1)))
  // What is kept and what is not rolled up yet are of different seconds, perhaps of the same hour.
  const points = tier
    ? added(merged(kept.map(([at, text]) => placed(parseRows(text, wants), at, tierStep))), rolledUp(seconds, tierStep))
    : seconds
  return rolledUp(within(points, firstAt, to), step)
}

/** SQL: these ten minutes of the subject have no longer points yet. */
const notRolled = sql`NOT EXISTS (SELECT 1 FROM sample_blocks AS rolled
  WHERE rolled.subject = samples.subject AND rolled.step = 10 AND rolled.at = samples.block * ${sampleBlockSeconds})`
