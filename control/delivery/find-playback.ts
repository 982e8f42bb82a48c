import { eq } from 'drizzle-orm'
import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import type { StreamStatus } from '#schema/enums.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { workers } from '#schema/tables/workers.ts'
import type { Runtime } from '../runtime.ts'
import { readSettings, selectSettings } from '../settings/install-settings.ts'

/** What stands behind a playback id. */
export interface FoundPlayback {
  readonly playbackId: string
  readonly title: string
  readonly status: StreamStatus
  readonly playable: boolean
  readonly policy: 'public' | 'signed'
  readonly allowedOrigins: readonly string[]
  readonly tokenKeys: (typeof playbackIds.$inferSelect)['tokenKeys']
  /** The worker that leases the stream, or that leased it last: its package outlives the session. Null: none ever has. */
  readonly worker: { readonly id: string; readonly name: string; readonly originUrl: string } | null
  readonly copyright: CopyrightProfile
  /** A CDN of the operator's (schema/contracts/settings.ts); null: none. */
  readonly baseUrl: string | null
}

/** Undefined: there is no such id. */
export type FindPlayback = (playbackId: string) => Promise<FoundPlayback | undefined>

interface Remembered {
  readonly at: number
  /** Of the pulse, before it was looked up. */
  readonly fires: number
  readonly found: FoundPlayback | undefined
  /** When somebody began to look it up again. */
  lookingSince: number
}

/** An answer is good for this long, milliseconds, unless something changes in this process before. */
const freshMs = 1_000
/** It is used for this long while it is looked up again, milliseconds. */
const staleMs = 3_000
/** Playback ids remembered at most; unknown ones take room too, so that guessing is cheap for the database. */
const rememberedMax = 1_000
/** No id that we made is longer. */
const longestId = 64

/** Looks playback ids up. Remembers answers, never pending questions: edge requests must not wait for each other's I/O. */
export function createPlaybackFinder({ db, now, pulse }: Pick<Runtime, 'db' | 'now' | 'pulse'>): FindPlayback {
  const remembered = new Map<string, Remembered>()

  async function look(playbackId: string): Promise<FoundPlayback | undefined> {
    const [[row], settings] = await db.batch([
      db
        .select({
          title: liveStreams.name,
          status: liveStreamStates.status,
          playable: liveStreamStates.playable,
          policy: playbackIds.policy,
          allowedOrigins: playbackIds.allowedOrigins,
          tokenKeys: playbackIds.tokenKeys,
          workerId: workers.id,
          workerName: workers.name,
          originUrl: workers.originUrl,
        })
        .from(playbackIds)
        .innerJoin(liveStreams, eq(liveStreams.id, playbackIds.liveStreamId))
        .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, playbackIds.liveStreamId))
        .leftJoin(jobs, eq(jobs.liveStreamId, playbackIds.liveStreamId))
        .leftJoin(workers, eq(workers.id, jobs.workerId))
        .where(eq(playbackIds.id, playbackId)),
      selectSettings(db),
    ])
    if (!row) return undefined
    const { workerId: id, workerName: name, originUrl, ...rest } = row
    const worker = id !== null && name !== null && originUrl !== null ? { id, name, originUrl } : null
    const { copyright_profile: copyright, playback } = readSettings(settings)
    return { playbackId, ...rest, worker, copyright, baseUrl: playback.base_url }
  }

  return async (playbackId) => {
    if (playbackId.length > longestId) return undefined
    const at = now().getTime()
    const { fires } = pulse
    const known = remembered.get(playbackId)
    const ageMs = known ? at - known.at : Number.POSITIVE_INFINITY
    if (known && known.fires === fires && ageMs >= 0 && ageMs < freshMs) return known.found
    // One looks, and the others of a crowd go by what was found a moment ago.
    if (known && known.fires === fires && ageMs < staleMs && at - known.lookingSince < staleMs) return known.found
    if (known) known.lookingSince = at
    const found = await look(playbackId)
    remembered.delete(playbackId)
    const [oldest] = remembered.keys()
    if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
    remembered.set(playbackId, { at, fires, found, lookingSince: Number.NEGATIVE_INFINITY })
    return found
  }
}
