import { eq } from 'drizzle-orm'
import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import type { StatusReason, StreamStatus } from '#schema/enums.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { workers } from '#schema/tables/workers.ts'
import type { Runtime } from '../runtime.ts'
import { readSettings, selectSettings } from '../settings/install-settings.ts'
import { within } from './within.ts'

/** What stands behind a playback id. */
export interface FoundPlayback {
  readonly playbackId: string
  readonly title: string
  readonly status: StreamStatus
  readonly statusReason: StatusReason | null
  /** ISO 8601. */
  readonly statusSince: string
  /** Seconds. */
  readonly reconnectWindow: number
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
  /** When the database did not answer last. */
  failedAt: number
}

/** An answer is good for this long, milliseconds, unless something changes in this process before. */
const freshMs = 1_000
/** It is used for this long while another request looks it up again, milliseconds. */
const staleMs = 3_000
/** A database that takes longer holds nobody up who can go by what was found before, milliseconds. */
const patienceMs = 1_000
/** While the database is away, what was found before is gone by for this long, milliseconds. */
const outageMs = 15 * 60_000
const never = Number.NEGATIVE_INFINITY
/** Playback ids remembered at most; unknown ones take room too, so that guessing is cheap for the database. */
const rememberedMax = 1_000
/** No id that we made is longer. */
const longestId = 64

/**
 * Looks playback ids up, and goes by what it found before where the database is slow or away: it is not on the way of media.
 * In a process that shares its requests, one look does for all that ask meanwhile; edge requests must not wait for each other.
 */
export function createPlaybackFinder({
  db,
  now,
  pulse,
  log,
}: Pick<Runtime, 'db' | 'now' | 'pulse' | 'log'>): FindPlayback {
  const remembered = new Map<string, Remembered>()
  const looks = new Map<string, { readonly fires: number; readonly result: Promise<FoundPlayback | undefined> }>()

  async function look(playbackId: string): Promise<FoundPlayback | undefined> {
    const [[row], settings] = await db.batch([
      db
        .select({
          title: liveStreams.name,
          status: liveStreamStates.status,
          statusReason: liveStreamStates.statusReason,
          statusSince: liveStreamStates.statusSince,
          reconnectWindow: liveStreams.reconnectWindow,
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

  async function lookAndRemember(playbackId: string, at: number, fires: number): Promise<FoundPlayback | undefined> {
    const found = await look(playbackId)
    remembered.delete(playbackId)
    const [oldest] = remembered.keys()
    if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
    remembered.set(playbackId, { at, fires, found, lookingSince: never, failedAt: never })
    return found
  }

  /** One look for all that ask while it goes on, where they may wait for each other. */
  function sharedLook(playbackId: string, at: number, fires: number): Promise<FoundPlayback | undefined> {
    const going = looks.get(playbackId)
    if (going?.fires === fires) return going.result
    const result = lookAndRemember(playbackId, at, fires)
    if (!pulse.isShared) return result
    const entry = { fires, result }
    looks.set(playbackId, entry)
    const over = () => looks.get(playbackId) === entry && looks.delete(playbackId)
    result.then(over, over)
    return result
  }

  return async (playbackId) => {
    if (playbackId.length > longestId) return undefined
    const at = now().getTime()
    const { fires } = pulse
    const known = remembered.get(playbackId)
    if (!known) return sharedLook(playbackId, at, fires)
    const ageMs = Math.abs(at - known.at)
    if (known.fires === fires && ageMs < freshMs) return known.found
    if (known.fires === fires && ageMs < staleMs && at - known.lookingSince < staleMs) return known.found
    if (at - known.failedAt < freshMs && ageMs < outageMs) return known.found
    known.lookingSince = at
    const looked = sharedLook(playbackId, at, fires)
    if (ageMs > outageMs) return looked
    try {
      const found = await within(patienceMs, looked)
      return found === 'late' ? known.found : found
    } catch (error) {
      log.warn({ err: error }, 'a playback id could not be looked up; what was found before holds')
      known.failedAt = at
      return known.found
    }
  }
}
