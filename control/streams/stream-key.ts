import { eq, sql } from 'drizzle-orm'
import { newSecret } from '#schema/ids.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { hasChangedRow } from '../db/database.ts'
import { notFound } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { streamSecretContext } from '../secrets/contexts.ts'
import { recordEvent } from './events.ts'
import { markChanged } from './mark-changed.ts'

/** Gives the stream a new key; the old one is refused from now on. An encoder that is connected stays. */
export async function resetStreamKey({ db, secretBox, now }: Runtime, id: string): Promise<string> {
  const at = now()
  const streamKey = newSecret()
  const detail = 'The stream key was replaced; the old one no longer works.'
  const [changed] = await db.batch([
    db
      .update(liveStreams)
      .set({
        streamKeyDigest: await streamKeyDigest(streamKey),
        streamKeySealed: await secretBox.seal(streamKey, streamSecretContext(id)),
        revision: sql`revision + 1`,
        updatedAt: at,
      })
      .where(eq(liveStreams.id, id))
      .returning({ id: liveStreams.id }),
    markChanged(db, id, at, hasChangedRow),
    ...recordEvent(db, id, 'stream.key_reset', detail, at, hasChangedRow),
  ])
  if (changed.length === 0) throw notFound('live stream')
  return streamKey
}

/** The stream's key in the clear. */
export async function revealStreamKey({ db, secretBox }: Runtime, id: string): Promise<string> {
  const [row] = await db.select({ sealed: liveStreams.streamKeySealed }).from(liveStreams).where(eq(liveStreams.id, id))
  if (!row) throw notFound('live stream')
  return secretBox.open(row.sealed, streamSecretContext(id))
}
