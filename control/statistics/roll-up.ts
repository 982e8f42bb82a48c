import { type SQL, sql } from 'drizzle-orm'
import { sampleBlockSeconds } from '#schema/contracts/samples.ts'
import { parseRows, printRows } from '#schema/samples/text.ts'
import { type Database, hasChangedRow } from '../db/database.ts'
import { lined, merged, type Points, placed, rolledUp } from './points.ts'
import { blocksKept, type Tier, tiers } from './tiers.ts'

/** What belongs to ten minutes may come so late and still be rolled up with the rest, seconds; what comes later is done again. */
const patienceSeconds = 30
/** Ten minutes of one subject each: what one run does at most. */
const blocksPerRun = 400

/**
 * Makes the longer points of all that has come of ten minutes that are over. To be called each half minute or so; it may be
 * broken off anywhere, and done twice changes nothing. Gives the number of subjects and stretches that were due.
 */
export async function rollUpSamples(db: Database, now: Date): Promise<number> {
  const over = Math.floor((now.getTime() / 1_000 - patienceSeconds) / sampleBlockSeconds)
  const due = await db.all<[block: number, subject: string, batches: number]>(sql`
    SELECT come.block, come.subject, come.batches
    FROM (SELECT block, subject, count(*) AS batches FROM samples WHERE block < ${over} GROUP BY block, subject) AS come
    LEFT JOIN sample_blocks AS rolled ON rolled.subject = come.subject AND rolled.step = 10
      AND rolled.at = come.block * ${sampleBlockSeconds}
    WHERE come.batches <> coalesce(rolled.batches, 0)
    ORDER BY come.block LIMIT ${blocksPerRun}`)
  for (const [block, subject, batches] of due) await rollUp(db, subject, block * sampleBlockSeconds, batches)
  return due.length
}

/** Statements: forgets what is older than it is kept. */
export const forgetOldSamples = (db: Database, now: Date) => {
  const seconds = Math.floor(now.getTime() / 1_000)
  return db.batch([
    db.run(sql`DELETE FROM samples WHERE block <= ${Math.floor(seconds / sampleBlockSeconds) - blocksKept}`),
    ...tiers.map(({ step, points, keptSeconds }) =>
      db.run(sql`DELETE FROM sample_blocks WHERE step = ${step} AND at < ${seconds - keptSeconds - step * points}`),
    ),
  ])
}

/** Statements: forgets all that was measured of a live stream or worker. */
export const forgetSamples = (db: Database, subject: string) =>
  [
    db.run(sql`DELETE FROM samples WHERE subject IN (${subject}, ${`${subject}~viewers`})`),
    db.run(sql`DELETE FROM sample_blocks WHERE subject IN (${subject}, ${`${subject}~viewers`})`),
  ] as const

async function rollUp(db: Database, subject: string, blockAt: number, batches: number): Promise<void> {
  const places = tiers.map((tier) => ({ tier, at: rowStart(tier, blockAt) }))
  const [fresh, ...kept] = await db.batch([
    readBatches(db, subject, blockAt),
    ...places.map(({ tier, at }) => readBlock(db, subject, tier.step, at)),
  ])
  let points = pointsOfBatches(fresh)
  const [shortest, ...longer] = places.map(({ tier, at }, index) => {
    const text = kept[index]?.[0]?.[0] ?? ''
    const before = placed(parseRows(text), at, tier.step)
    // Of an hour more is known than of these ten minutes of it.
    points = merged([before, rolledUp(points, tier.step)])
    return { at, step: tier.step, before: text, text: printRows(lined(points, at, tier.step, tier.points)) }
  })
  if (!shortest) return
  const write = ({ step, at, text }: typeof shortest, condition: SQL) =>
    db.run(sql`INSERT OR REPLACE INTO sample_blocks (subject, step, at, batches, text)
      SELECT ${subject}, ${step}, ${at}, ${step === shortest.step ? batches : 0}, ${text} WHERE ${condition}`)
  // A row of an hour or a day has other stretches too, which another process may have written meanwhile. Then these ten minutes
  // stay due, and are done again.
  const isAsRead = ({ step, at, before }: typeof shortest) => sql`coalesce((SELECT text FROM sample_blocks
    WHERE subject = ${subject} AND step = ${step} AND at = ${at}), '') = ${before}`
  const [first, ...others] = longer.map((row, index) =>
    write(row, index === 0 ? isAsRead(row) : sql`${hasChangedRow} AND ${isAsRead(row)}`),
  )
  if (first) await db.batch([first, ...others, write(shortest, hasChangedRow)])
}

const rowStart = ({ step, points }: Tier, at: number): number => Math.floor(at / (step * points)) * step * points

/** A row of one column. */
type TextRow = [text: string]
/** What came of a subject in ten minutes. */
export type BatchRow = [at: number, text: string]

export const readBatches = (db: Database, subject: string, blockAt: number) =>
  db.all<BatchRow>(sql`SELECT at, text FROM samples
    WHERE block = ${blockAt / sampleBlockSeconds} AND subject = ${subject} ORDER BY at`)

const readBlock = (db: Database, subject: string, step: number, at: number) =>
  db.all<TextRow>(sql`SELECT text FROM sample_blocks WHERE subject = ${subject} AND step = ${step} AND at = ${at}`)

/** Of batches that overlap, since one was sent again, each second counts once. */
export const pointsOfBatches = (batches: readonly BatchRow[]): Points =>
  merged(batches.map(([at, text]) => placed(parseRows(text), at, 1)))
