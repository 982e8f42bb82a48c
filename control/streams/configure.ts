import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { PatchLiveStream } from '#schema/contracts/live-stream.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { type Database, hasChangedRow } from '../db/database.ts'
import { followConfiguration } from '../jobs/enqueue.ts'
import { asReadRevision, changedMeanwhile } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { changedSlates, checkSlateChoices } from '../slates/choices.ts'
import { checkPackaging } from './check-packaging.ts'
import { recordEvent } from './events.ts'
import { requireStream } from './load.ts'
import { markChanged } from './mark-changed.ts'

/** Statement: what a running worker must hear of has changed, if `condition` holds. */
export const raiseRevision = (db: Database, id: string, at: Date, condition?: SQL) =>
  db
    .update(liveStreams)
    .set({ revision: sql`revision + 1`, updatedAt: at })
    .where(and(eq(liveStreams.id, id), condition))

/** Changes the configuration; of nothing that is named, nothing. With `dryRun` the change is checked and nothing is done. */
export async function changeStream(
  { db, now }: Runtime,
  id: string,
  wanted: PatchLiveStream,
  dryRun = false,
): Promise<void> {
  if (wanted.slate) await checkSlateChoices(db, wanted.slate)
  await checkPackaging(db, id, wanted)
  if (dryRun || Object.keys(wanted).length === 0) return
  const at = now()
  const [changed] = await db.batch([
    db
      .update(liveStreams)
      .set({
        ...(wanted.name !== undefined && { name: wanted.name }),
        ...(wanted.latency_mode !== undefined && { latencyMode: wanted.latency_mode }),
        ...(wanted.reconnect_window !== undefined && { reconnectWindow: wanted.reconnect_window }),
        ...(wanted.always_on !== undefined && { alwaysOn: wanted.always_on }),
        ...(wanted.ladder !== undefined && { ladder: wanted.ladder }),
        ...(wanted.encoder_preset !== undefined && { encoderPreset: wanted.encoder_preset }),
        ...(wanted.encoder !== undefined && { encoder: wanted.encoder }),
        ...(wanted.no_software_fallback !== undefined && { noSoftwareFallback: wanted.no_software_fallback }),
        ...(wanted.upscale !== undefined && { upscale: wanted.upscale }),
        ...(wanted.upscale_height !== undefined && { upscaleHeight: wanted.upscale_height }),
        ...(wanted.packaging !== undefined && { packaging: wanted.packaging }),
        ...(wanted.placement !== undefined && { placement: wanted.placement }),
        ...(wanted.audio !== undefined && { audio: wanted.audio }),
        ...(wanted.slate !== undefined && { slate: changedSlates(liveStreams.slate, wanted.slate) }),
        revision: sql`revision + 1`,
        updatedAt: at,
      })
      .where(and(eq(liveStreams.id, id), asReadRevision(liveStreams.revision)))
      .returning({ id: liveStreams.id }),
    // Each of these follows the one before: where another revision stands, none of them does anything.
    markChanged(db, id, at, hasChangedRow),
    ...recordEvent(db, id, 'stream.changed', 'The settings were changed.', at, {}, hasChangedRow),
    ...followConfiguration(db, id),
  ])
  if (changed.length > 0) return
  await requireStream(db, id)
  throw changedMeanwhile()
}
