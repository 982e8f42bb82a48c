import { eq } from 'drizzle-orm'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { liveStreamStates } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'

/** What a live stream's source sends now, or sent last; undefined: it never had one with a picture. */
export async function lastSourceOf(db: Database, streamId: string): Promise<SourceDescription | undefined> {
  const [found] = await db
    .select({ lastSource: liveStreamStates.lastSource })
    .from(liveStreamStates)
    .where(eq(liveStreamStates.liveStreamId, streamId))
  return found?.lastSource ?? undefined
}
