import { eq } from 'drizzle-orm'
import { jobs } from '#schema/tables/jobs.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { workers } from '#schema/tables/workers.ts'
import type { Runtime } from '../runtime.ts'

/** Where the media of a playback id is: `undefined` no such id, `null` nothing has ever run it, else an origin's URL. */
export type Location = string | null | undefined

/** An answer is good for this long, milliseconds. */
const freshMs = 1_000
/** Playback ids remembered at most; unknown ones take room too, so that guessing is cheap for the database. */
const rememberedMax = 1_000

/**
 * Finds the origin of the worker that leases a stream, or of the one that leased it last: its package outlives the
 * session for a while. Remembers answers, never pending questions: edge requests must not wait for each other's I/O.
 */
export function createLocator({ db, now }: Pick<Runtime, 'db' | 'now'>): (playbackId: string) => Promise<Location> {
  const remembered = new Map<string, { readonly at: number; readonly location: Location }>()

  async function look(playbackId: string): Promise<Location> {
    const [found] = await db
      .select({ originUrl: workers.originUrl })
      .from(playbackIds)
      .innerJoin(jobs, eq(jobs.liveStreamId, playbackIds.liveStreamId))
      .leftJoin(workers, eq(workers.id, jobs.workerId))
      .where(eq(playbackIds.id, playbackId))
    return found?.originUrl ?? (found && null)
  }

  return async (playbackId) => {
    const at = now().getTime()
    const known = remembered.get(playbackId)
    if (known && at - known.at < freshMs) return known.location
    const location = await look(playbackId)
    remembered.delete(playbackId)
    const [oldest] = remembered.keys()
    if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
    remembered.set(playbackId, { at, location })
    return location
  }
}
