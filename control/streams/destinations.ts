import { and, asc, count, eq, sql } from 'drizzle-orm'
import type { CreateDestination, Destination, PatchDestination } from '#schema/contracts/destination.ts'
import { misfitOf } from '#schema/contracts/destination-address.ts'
import { liftsDurationHold } from '#schema/destination-hold.ts'
import { destinationName } from '#schema/destination-name.ts'
import { newId } from '#schema/ids.ts'
import { ingestUrl, platformOf } from '#schema/platforms.ts'
import { type DestinationRow, destinationStates, destinations } from '#schema/tables/destinations.ts'
import { liveStreamStates } from '#schema/tables/live-streams.ts'
import { type Database, hasChangedRow } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import { asRead, changedMeanwhile } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { destinationPassphraseContext, destinationSecretContext } from '../secrets/contexts.ts'
import { openDestinationSecrets } from '../secrets/destination-secrets.ts'
import { raiseRevision } from './configure.ts'
import { destinationEffects } from './destination-effects.ts'
import { keepOnAir, requireFuture } from './destination-times.ts'
import { recordEvent } from './events.ts'
import { requireStream } from './load.ts'
import { markChanged } from './mark-changed.ts'
import { presentDestination } from './present.ts'

/** Destinations of one live stream at most. */
export const destinationsMax = 200

/** All destinations of a live stream, oldest first. */
export async function listDestinations({ db }: Runtime, streamId: string): Promise<Destination[]> {
  await requireStream(db, streamId)
  const rows = await select(db).where(eq(destinations.liveStreamId, streamId))
  return rows.map(({ row, status }) => presentDestination(row, status))
}

/** One destination of a live stream; a 404 where there is none. */
export async function loadDestination({ db }: Runtime, streamId: string, id: string): Promise<Destination> {
  const { row, status } = await requireDestination(db, streamId, id)
  return presentDestination(row, status)
}

/** Its wanted and its observed state; a 404 where there is none. */
export async function requireDestination(db: Database, streamId: string, id: string) {
  const [found] = await select(db).where(whichOne(streamId, id))
  if (!found) throw notFound('destination')
  return found
}

/** Adds a destination; a worker that runs the stream starts it within seconds. A 409 beyond the 200th. */
export async function addDestination(
  runtime: Runtime,
  streamId: string,
  wanted: CreateDestination,
): Promise<Destination> {
  const { db, secretBox, now } = runtime
  await requireStream(db, streamId)
  const [total] = await db.select({ count: count() }).from(destinations).where(eq(destinations.liveStreamId, streamId))
  if ((total?.count ?? 0) >= destinationsMax)
    throw new ApiError('conflict', `A live stream has at most ${destinationsMax} destinations; remove one first.`)
  const at = now()
  requireFuture(wanted.stop_at, at)
  const id = newId('dst')
  // The contract has made sure that there is one.
  const url = wanted.url ?? ingestUrl(platformOf(wanted.platform)) ?? ''
  await db.batch([
    db.insert(destinations).values({
      id,
      liveStreamId: streamId,
      platform: wanted.platform,
      name: wanted.name,
      url,
      profile: wanted.profile,
      streamKeySealed: await secretBox.seal(wanted.stream_key ?? '', destinationSecretContext(id)),
      enabled: wanted.enabled,
      start: wanted.start,
      stopAt: asDate(wanted.stop_at),
      maxDurationS: wanted.max_duration_s,
      rollOver: wanted.roll_over,
      caPem: wanted.ca_pem,
      srtPassphraseSealed: await sealPassphrase(runtime, id, wanted.srt_passphrase),
      createdAt: at,
      updatedAt: at,
    }),
    raiseRevision(db, streamId, at),
    ...recordEvent(
      db,
      streamId,
      'destination.added',
      `A destination was added: ${destinationName({ ...wanted, url })}.`,
      at,
      {
        destinationId: id,
      },
    ),
    markChanged(db, streamId, at),
  ])
  return loadDestination(runtime, streamId, id)
}

/**
 * Changes, pauses or resumes a destination; a worker that runs the stream follows within seconds. With `dryRun` the change
 * is checked and nothing is done. Says what it does to the broadcast that is on.
 */
export async function changeDestination(
  runtime: Runtime,
  streamId: string,
  id: string,
  wanted: PatchDestination,
  dryRun = false,
): Promise<Destination> {
  const { db, secretBox, now } = runtime
  const [{ row, status }, [stream]] = await Promise.all([
    requireDestination(db, streamId, id),
    db
      .select({ status: liveStreamStates.status })
      .from(liveStreamStates)
      .where(eq(liveStreamStates.liveStreamId, streamId)),
  ])
  await requireFit(runtime, row, wanted)
  const at = now()
  requireFuture(wanted.stop_at, at, row.stopAt)
  const before = presentDestination(row, status)
  const effects = destinationEffects(stream?.status ?? 'idle', before, wanted, at)
  if (dryRun || Object.keys(wanted).length === 0) return { ...before, effects }
  const [, changed] = await db.batch([
    keepOnAir(db, id, wanted.start, at),
    db
      .update(destinations)
      .set({
        ...(wanted.name !== undefined && { name: wanted.name }),
        ...(wanted.url !== undefined && { url: wanted.url }),
        ...(wanted.profile !== undefined && { profile: wanted.profile }),
        ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
        ...(wanted.start !== undefined && { start: wanted.start }),
        ...(wanted.stop_at !== undefined && { stopAt: asDate(wanted.stop_at) }),
        ...(wanted.max_duration_s !== undefined && { maxDurationS: wanted.max_duration_s }),
        ...(wanted.roll_over !== undefined && { rollOver: wanted.roll_over }),
        ...(wanted.ca_pem !== undefined && { caPem: wanted.ca_pem }),
        ...(wanted.srt_passphrase !== undefined && {
          srtPassphraseSealed: await sealPassphrase(runtime, id, wanted.srt_passphrase),
        }),
        ...(wanted.stream_key !== undefined && {
          streamKeySealed: await secretBox.seal(wanted.stream_key ?? '', destinationSecretContext(id)),
        }),
        ...(liftsDurationHold(before, wanted) && { overAt: null }),
        updatedAt: at,
      })
      .where(and(whichOne(streamId, id), asRead(destinations.updatedAt)))
      .returning({ id: destinations.id }),
    raiseRevision(db, streamId, at, hasChangedRow),
    markChanged(db, streamId, at, hasChangedRow),
    ...recordEvent(
      db,
      streamId,
      'destination.changed',
      changeInWords(row, wanted),
      at,
      { destinationId: id },
      hasChangedRow,
    ),
  ])
  const after = await loadDestination(runtime, streamId, id)
  if (changed.length === 0) throw changedMeanwhile()
  return { ...after, effects }
}

/** Removes a destination with its state; a worker that runs the stream ends it within seconds. */
export async function removeDestination(runtime: Runtime, streamId: string, id: string): Promise<void> {
  const { db, now } = runtime
  const before = await loadDestination(runtime, streamId, id)
  const at = now()
  const [removed] = await db.batch([
    db
      .delete(destinations)
      .where(and(whichOne(streamId, id), asRead(destinations.updatedAt)))
      .returning({ id: destinations.id }),
    raiseRevision(db, streamId, at, hasChangedRow),
    markChanged(db, streamId, at, hasChangedRow),
    ...recordEvent(
      db,
      streamId,
      'destination.removed',
      `A destination was removed: ${destinationName(before)}.`,
      at,
      { destinationId: id },
      hasChangedRow,
    ),
    db
      .delete(destinationStates)
      .where(sql`destination_id = ${id} AND NOT EXISTS (SELECT 1 FROM destinations WHERE id = ${id})`),
  ])
  if (removed.length > 0) return
  await loadDestination(runtime, streamId, id)
  throw changedMeanwhile()
}

/**
 * Asks the worker to try a waiting destination now: it tries those that were changed. A 409 for one that is paused, or held by
 * what was said of it.
 */
export async function retryDestination(runtime: Runtime, streamId: string, id: string): Promise<Destination> {
  const { db, now } = runtime
  const before = await loadDestination(runtime, streamId, id)
  if (!before.enabled)
    throw new ApiError('conflict', 'This destination is paused. Enable it instead; it starts at once.')
  if (before.held) throw new ApiError('conflict', before.held.detail)
  const at = now()
  await db.batch([
    db.update(destinations).set({ updatedAt: at }).where(whichOne(streamId, id)),
    raiseRevision(db, streamId, at),
    ...recordEvent(
      db,
      streamId,
      'destination.retry',
      `An operator asked to try again: ${destinationName(before)}.`,
      at,
      {
        destinationId: id,
      },
    ),
    markChanged(db, streamId, at),
  ])
  return before
}

/** A 422 where what is wanted and what stays do not fit together. */
async function requireFit({ secretBox }: Runtime, row: DestinationRow, wanted: PatchDestination): Promise<void> {
  const { streamKey } = await openDestinationSecrets(secretBox, row)
  const misfit = misfitOf({
    platform: row.platform,
    url: wanted.url ?? row.url,
    hasKey: wanted.stream_key === undefined ? streamKey !== '' : wanted.stream_key !== null,
    hasPassphrase: typeof wanted.srt_passphrase === 'string',
  })
  if (!misfit) return
  const { field, detail } = misfit
  throw new ApiError('validation_failed', detail, { errors: [{ pointer: `/${field}`, detail }] })
}

const asDate = (text: string | null) => (text === null ? null : new Date(text))

const sealPassphrase = async ({ secretBox }: Runtime, id: string, passphrase: string | null) =>
  passphrase === null ? null : secretBox.seal(passphrase, destinationPassphraseContext(id))

const select = (db: Database) =>
  db
    .select({ row: destinations, status: destinationStates.status })
    .from(destinations)
    .leftJoin(destinationStates, eq(destinationStates.destinationId, destinations.id))
    .orderBy(asc(destinations.createdAt), asc(destinations.id))
    .$dynamic()

const whichOne = (streamId: string, id: string) => and(eq(destinations.liveStreamId, streamId), eq(destinations.id, id))

function changeInWords(before: DestinationRow, { enabled }: PatchDestination): string {
  if (enabled === false && before.enabled) return `A destination was paused: ${destinationName(before)}.`
  if (enabled === true && !before.enabled) return `A destination was switched on: ${destinationName(before)}.`
  return `A destination was changed: ${destinationName(before)}.`
}
