import { eq } from 'drizzle-orm'
import { installSettings } from '#schema/tables/install-settings.ts'
import type { Database } from '../db/database.ts'
import { longestRangeSeconds } from './range.ts'

/** Stored with the install's settings. All times are Unix seconds. */
interface Listening {
  /** When control listened last. */
  readonly at: number
  /** Times in which it was away, oldest first. */
  readonly away: readonly Unheard[]
}

/** A time in which no page could tell of itself, since control was away. */
export type Unheard = readonly [from: number, to: number]

const name = 'unheard_times'
/** Longer than the cron of an edge takes to come again, seconds. What was shorter is filled in (keep-audience.ts). */
const awayAfterSeconds = 75
/** Of so many it is remembered, as long as anything is kept. */
const awayMax = 200

/** Says that control listens now, and notes since when it has not. To be called each minute at least. */
export async function noteListening(db: Database, now: Date): Promise<void> {
  const at = Math.floor(now.getTime() / 1_000)
  const before = await read(db)
  const wasAway = before !== undefined && at - before.at > awayAfterSeconds
  const all: readonly Unheard[] = [...(before?.away ?? []), ...(wasAway ? [[before.at, at] as const] : [])]
  const away = all.filter(([, to]) => to > at - longestRangeSeconds).slice(-awayMax)
  const value: Listening = { at, away }
  // Where several processes do so at once, they have seen the same.
  await db
    .insert(installSettings)
    .values({ name, value })
    .onConflictDoUpdate({ target: installSettings.name, set: { value } })
}

/** The times in which control was away, as far as anything is kept. */
export const unheardTimes = async (db: Database): Promise<readonly Unheard[]> => (await read(db))?.away ?? []

async function read(db: Database): Promise<Listening | undefined> {
  const [row] = await db
    .select({ value: installSettings.value })
    .from(installSettings)
    .where(eq(installSettings.name, name))
  return row?.value as Listening | undefined
}
