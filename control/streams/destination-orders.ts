import { eq } from 'drizzle-orm'
import type { Destination } from '#schema/contracts/destination.ts'
import { destinationName } from '#schema/destination-name.ts'
import type { DestinationOrder } from '#schema/enums.ts'
import { type DestinationRow, destinations } from '#schema/tables/destinations.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { raiseRevision } from './configure.ts'
import { loadDestination, requireDestination } from './destinations.ts'
import { recordEvent } from './events.ts'
import { markChanged } from './mark-changed.ts'
import { presentDestination } from './present.ts'

/**
 * Starts a destination for the broadcast that is on, or else for the next one: one that waits to be started, was stopped, or
 * whose time was over. Does nothing to one that nothing holds. A 409 for one that is paused, or whose platform takes nothing
 * of what is made.
 */
export async function startDestination(runtime: Runtime, streamId: string, id: string): Promise<Destination> {
  const { row, status } = await requireDestination(runtime.db, streamId, id)
  if (!row.enabled)
    throw new ApiError('conflict', 'This destination is paused. Resume it first: PATCH it with {"enabled": true}.')
  const present = presentDestination(row, status)
  if (present.held?.reason === 'not_taken') throw new ApiError('conflict', present.held.detail)
  const isTimeOver = row.stopAt !== null && row.stopAt <= runtime.now()
  if (!present.held && !isTimeOver) return present
  return order(runtime, row, 'start', { overAt: null, ...(isTimeOver && { stopAt: null }) })
}

/** Stops a destination for the broadcast that is on, or else for the next one. Does nothing to one that something holds. */
export async function stopDestination(runtime: Runtime, streamId: string, id: string): Promise<Destination> {
  const { row, status } = await requireDestination(runtime.db, streamId, id)
  const present = presentDestination(row, status)
  return present.held ? present : order(runtime, row, 'stop')
}

async function order(
  runtime: Runtime,
  row: DestinationRow,
  ordered: DestinationOrder,
  more: { readonly stopAt?: null; readonly overAt?: null } = {},
): Promise<Destination> {
  const { db, now } = runtime
  const { id, liveStreamId } = row
  const at = now()
  const [type, detail] =
    ordered === 'start'
      ? (['destination.started', `An operator started a destination: ${destinationName(row)}.`] as const)
      : (['destination.stopped', `An operator stopped a destination: ${destinationName(row)}.`] as const)
  await db.batch([
    db
      .update(destinations)
      .set({ ordered, orderedAt: at, updatedAt: at, ...more })
      .where(eq(destinations.id, id)),
    raiseRevision(db, liveStreamId, at),
    ...recordEvent(db, liveStreamId, type, detail, at, { destinationId: id }),
    markChanged(db, liveStreamId, at),
  ])
  return loadDestination(runtime, liveStreamId, id)
}
