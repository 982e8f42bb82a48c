import { eq, lte, sql } from 'drizzle-orm'
import { newSecret } from '#schema/ids.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { type LiveStreamRow, liveStreams } from '#schema/tables/live-streams.ts'
import { hasChangedRow } from '../db/database.ts'
import { notFound } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { srtPassphraseContext, streamSecretContext } from '../secrets/contexts.ts'
import { recordEvent } from './events.ts'
import type { StreamSecrets } from './ingest.ts'
import { markChanged } from './mark-changed.ts'

/** A new stream key and SRT passphrase. The key travels in the clear in an SRT handshake, so neither tells of the other. */
export const newStreamSecrets = (): StreamSecrets => ({ streamKey: newSecret(), srtPassphrase: newSecret() })

/** What of a live stream's row its secrets decide. */
export async function sealStreamSecrets(
  { secretBox }: Pick<Runtime, 'secretBox'>,
  id: string,
  { streamKey, srtPassphrase }: StreamSecrets,
): Promise<Pick<LiveStreamRow, 'streamKeyDigest' | 'streamKeySealed' | 'srtPassphraseSealed'>> {
  return {
    streamKeyDigest: await streamKeyDigest(streamKey),
    streamKeySealed: await secretBox.seal(streamKey, streamSecretContext(id)),
    srtPassphraseSealed: await secretBox.seal(srtPassphrase, srtPassphraseContext(id)),
  }
}

/**
 * Gives the stream a new key and passphrase; the old ones are refused `graceS` seconds from now, and those before them at
 * once. An encoder that is connected stays.
 */
export async function resetStreamSecrets(runtime: Runtime, id: string, graceS = 0): Promise<StreamSecrets> {
  const { db, now } = runtime
  const at = now()
  const secrets = newStreamSecrets()
  const until = graceS === 0 ? null : new Date(at.getTime() + graceS * 1000)
  const detail = until
    ? `The stream key and the SRT passphrase were replaced. Encoders may still use the old ones until ${until.toISOString()}.`
    : 'The stream key and the SRT passphrase were replaced; the old ones let nobody in any more. An encoder that is connected stays: end the broadcast to cut it off.'
  const [changed] = await db.batch([
    db
      .update(liveStreams)
      .set({
        ...(await sealStreamSecrets(runtime, id, secrets)),
        // As they were before this statement.
        previousKeyDigest: until && sql`stream_key_digest`,
        previousPassphraseSealed: until && sql`srt_passphrase_sealed`,
        previousKeyUntil: until,
        revision: sql`revision + 1`,
        updatedAt: at,
      })
      .where(eq(liveStreams.id, id))
      .returning({ id: liveStreams.id }),
    markChanged(db, id, at, hasChangedRow),
    ...recordEvent(db, id, 'stream.key_reset', detail, at, {}, hasChangedRow),
  ])
  if (changed.length === 0) throw notFound('live stream')
  return secrets
}

/** The stream's key and passphrase in the clear. */
export async function revealStreamSecrets(runtime: Runtime, id: string): Promise<StreamSecrets> {
  const [stream] = await runtime.db.select().from(liveStreams).where(eq(liveStreams.id, id))
  if (!stream) throw notFound('live stream')
  return {
    streamKey: await runtime.secretBox.open(stream.streamKeySealed, streamSecretContext(id)),
    srtPassphrase: await openSrtPassphrase(runtime, stream),
  }
}

/** The passphrase of SRT callers in the clear. A stream that is older than SRT gets one now. */
export async function openSrtPassphrase(
  { db, secretBox }: Runtime,
  { id, srtPassphraseSealed }: Pick<LiveStreamRow, 'id' | 'srtPassphraseSealed'>,
): Promise<string> {
  const context = srtPassphraseContext(id)
  if (srtPassphraseSealed !== null) return secretBox.open(srtPassphraseSealed, context)
  const made = await secretBox.seal(newSecret(), context)
  // Of two that make one at once, the first wins.
  const [row] = await db
    .update(liveStreams)
    .set({ srtPassphraseSealed: sql`coalesce(srt_passphrase_sealed, ${made})` })
    .where(eq(liveStreams.id, id))
    .returning({ sealed: liveStreams.srtPassphraseSealed })
  return secretBox.open(row?.sealed ?? made, context)
}

/** What encoders may use beside the present key, if anything. */
export function previousKeyOf(
  { previousKeyDigest, previousKeyUntil, previousPassphraseSealed }: LiveStreamRow,
  now: Date,
): { readonly digest: string; readonly passphraseSealed: string | null; readonly until: Date } | undefined {
  if (previousKeyDigest === null || previousKeyUntil === null || previousKeyUntil <= now) return undefined
  return { digest: previousKeyDigest, passphraseSealed: previousPassphraseSealed, until: previousKeyUntil }
}

/** Drops keys that let nobody in any more. */
export async function forgetPreviousKeys({ db, now }: Pick<Runtime, 'db' | 'now'>): Promise<void> {
  await db
    .update(liveStreams)
    .set({ previousKeyDigest: null, previousPassphraseSealed: null, previousKeyUntil: null })
    .where(lte(liveStreams.previousKeyUntil, now()))
}
