import { eq } from 'drizzle-orm'
import type { LiveStream, PatchLiveStream } from '#schema/contracts/live-stream.ts'
import { packagingFaults } from '#schema/packaging.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'

/**
 * Refuses a change after which the latency mode and the lengths would not go together. Changes that cross can still make such
 * a pair: then the mode's own lengths hold.
 */
export async function checkPackaging(db: Database, id: string, wanted: PatchLiveStream): Promise<void> {
  if (wanted.latency_mode === undefined && wanted.packaging === undefined) return
  const [stored] = await db
    .select({ latencyMode: liveStreams.latencyMode, packaging: liveStreams.packaging })
    .from(liveStreams)
    .where(eq(liveStreams.id, id))
  if (!stored) throw notFound('live stream')
  const latency_mode = wanted.latency_mode ?? stored.latencyMode
  refusePackaging({ latency_mode, packaging: wanted.packaging ?? stored.packaging }, wanted)
}

/** Refuses lengths that do not go together with a latency mode: at what was `asked`, which may be one of the two. */
export function refusePackaging(
  { latency_mode, packaging }: Pick<LiveStream, 'latency_mode' | 'packaging'>,
  asked: Pick<PatchLiveStream, 'packaging'>,
): void {
  const faults = packagingFaults(latency_mode, packaging)
  if (faults.length === 0) return
  const errors = faults.map(({ field, detail }) =>
    asked.packaging === undefined
      ? { pointer: '/latency_mode', detail: `The stream's packaging.${field} does not go with it. ${detail}` }
      : { pointer: `/packaging/${field}`, detail },
  )
  throw new ApiError('validation_failed', 'The latency mode and the lengths do not go together; errors says why.', {
    errors,
  })
}
