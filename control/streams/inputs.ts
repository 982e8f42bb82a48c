import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm'
import type { Input, InputRequest, PatchInput } from '#schema/contracts/input.ts'
import { inputsMax } from '#schema/contracts/live-stream.ts'
import type { InputType } from '#schema/enums.ts'
import { type InputRow, inputs } from '#schema/tables/inputs.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { type Database, hasChangedRow } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import { followConfiguration } from '../jobs/enqueue.ts'
import { asRead, changedMeanwhile } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { raiseRevision } from './configure.ts'
import { recordEvent } from './events.ts'
import { refuseForeignFields } from './input-fields.ts'
import { inputOrder } from './input-order.ts'
import { insertInput, newInputRow, sealedFields } from './input-rows.ts'
import { requireStream } from './load.ts'
import { markChanged } from './mark-changed.ts'
import { presentInput } from './present-input.ts'

/** All inputs of a live stream, first choice first. */
export async function listInputs({ db }: Runtime, streamId: string): Promise<Input[]> {
  await requireStream(db, streamId)
  return (await select(db, eq(inputs.liveStreamId, streamId))).map(present)
}

/** One input of a live stream; a 404 where there is none. */
export async function loadInput({ db }: Runtime, streamId: string, id: string): Promise<Input> {
  return present(await find(db, streamId, id))
}

/** Adds an input, as the last choice unless it names a priority. A 409 beyond {@link inputsMax}. */
export async function addInput(runtime: Runtime, streamId: string, wanted: InputRequest): Promise<Input> {
  const { db, secretBox, now } = runtime
  const at = now()
  const row = await newInputRow(secretBox, streamId, wanted, at)
  const [added] = await db.batch([
    insertInput(db, row, wanted.priority),
    // Each of these follows the one before: where nothing was added, none of them does anything.
    raiseRevision(db, streamId, at, hasChangedRow),
    markChanged(db, streamId, at, hasChangedRow),
    ...recordEvent(
      db,
      streamId,
      'input.added',
      `An input was added: ${label(row)}.`,
      at,
      { inputId: row.id },
      hasChangedRow,
    ),
    ...followConfiguration(db, streamId),
  ])
  if (added.length > 0) return loadInput(runtime, streamId, row.id)
  await requireStream(db, streamId)
  throw new ApiError('conflict', `A live stream has at most ${inputsMax} inputs; remove one first.`)
}

/** Changes an input; a worker that runs the stream follows within seconds. A 422 for fields that its type does not have. */
export async function changeInput(runtime: Runtime, streamId: string, id: string, wanted: PatchInput): Promise<Input> {
  const { db, secretBox, now } = runtime
  const found = await find(db, streamId, id)
  const { row } = found
  refuseForeignFields(row.type, wanted)
  if (Object.keys(wanted).length === 0) return present(found)
  const at = now()
  const [changed] = await db.batch([
    db
      .update(inputs)
      .set({
        ...(wanted.name !== undefined && { name: wanted.name }),
        ...(wanted.priority !== undefined && { priority: wanted.priority }),
        ...(wanted.loop !== undefined && { loop: wanted.loop }),
        ...(wanted.quality !== undefined && { quality: wanted.quality }),
        ...(await sealedFields(secretBox, id, wanted)),
        updatedAt: at,
      })
      .where(and(whichOne(streamId, id), asRead(inputs.updatedAt)))
      .returning({ id: inputs.id }),
    raiseRevision(db, streamId, at, hasChangedRow),
    markChanged(db, streamId, at, hasChangedRow),
    ...recordEvent(
      db,
      streamId,
      'input.changed',
      `An input was changed: ${label(row)}.`,
      at,
      { inputId: id },
      hasChangedRow,
    ),
  ])
  const after = await loadInput(runtime, streamId, id)
  if (changed.length === 0) throw changedMeanwhile()
  return after
}

/** Removes an input; the best of the others takes over. A 409 for the last one. */
export async function removeInput({ db, now }: Runtime, streamId: string, id: string): Promise<void> {
  const { row } = await find(db, streamId, id)
  const at = now()
  const isNotTheLast = sql`(SELECT count(*) FROM inputs AS sisters WHERE sisters.live_stream_id = ${streamId}) > 1`
  const [removed] = await db.batch([
    db
      .delete(inputs)
      .where(and(whichOne(streamId, id), isNotTheLast, asRead(inputs.updatedAt)))
      .returning({ id: inputs.id }),
    db
      .update(liveStreams)
      .set({ pinnedInputId: sql`nullif(pinned_input_id, ${id})`, revision: sql`revision + 1`, updatedAt: at })
      .where(and(eq(liveStreams.id, streamId), hasChangedRow)),
    markChanged(db, streamId, at, hasChangedRow),
    ...recordEvent(
      db,
      streamId,
      'input.removed',
      `An input was removed: ${label(row)}.`,
      at,
      { inputId: id },
      hasChangedRow,
    ),
    ...followConfiguration(db, streamId),
  ])
  if (removed.length > 0) return
  await find(db, streamId, id)
  if ((await select(db, eq(inputs.liveStreamId, streamId))).length > 1) throw changedMeanwhile()
  throw new ApiError('conflict', 'This is the last input of the live stream. Add another one first, then remove this.')
}

/** Puts one input on air, whatever the priorities say, until {@link releaseInput}. */
export async function pinInput({ db, now }: Runtime, streamId: string, id: string): Promise<void> {
  const { row } = await find(db, streamId, id)
  const at = now()
  await db.batch([
    db
      .update(liveStreams)
      .set({ pinnedInputId: id, revision: sql`revision + 1`, updatedAt: at })
      .where(eq(liveStreams.id, streamId)),
    ...recordEvent(db, streamId, 'input.pinned', `An operator put an input on air: ${label(row)}.`, at, {
      inputId: id,
    }),
    markChanged(db, streamId, at),
  ])
}

/** Back to automatic: the best input that sends is on air. Does nothing where none is pinned. */
export async function releaseInput({ db, now }: Runtime, streamId: string): Promise<void> {
  await requireStream(db, streamId)
  const at = now()
  const detail = 'The choice of the input is automatic again: the best that sends is on air.'
  await db.batch([
    db
      .update(liveStreams)
      .set({ pinnedInputId: null, revision: sql`revision + 1`, updatedAt: at })
      .where(and(eq(liveStreams.id, streamId), isNotNull(liveStreams.pinnedInputId))),
    markChanged(db, streamId, at, hasChangedRow),
    ...recordEvent(db, streamId, 'input.released', detail, at, {}, hasChangedRow),
  ])
}

interface Found {
  readonly row: InputRow
  readonly stream: { readonly pinnedInputId: string | null }
  readonly state: Pick<typeof liveStreamStates.$inferSelect, 'statusSince' | 'inputs'>
  readonly job: { readonly state: string }
}

const select = (db: Database, condition: SQL | undefined) =>
  db
    .select({
      row: inputs,
      stream: { pinnedInputId: liveStreams.pinnedInputId },
      state: { statusSince: liveStreamStates.statusSince, inputs: liveStreamStates.inputs },
      job: { state: jobs.state },
    })
    .from(inputs)
    .innerJoin(liveStreams, eq(liveStreams.id, inputs.liveStreamId))
    .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, inputs.liveStreamId))
    .innerJoin(jobs, eq(jobs.liveStreamId, inputs.liveStreamId))
    .where(condition)
    .orderBy(...inputOrder)

async function find(db: Database, streamId: string, id: string): Promise<Found> {
  const [found] = await select(db, whichOne(streamId, id))
  if (!found) throw notFound('input')
  return found
}

const whichOne = (streamId: string, id: string) => and(eq(inputs.liveStreamId, streamId), eq(inputs.id, id))

const present = ({ row, stream, state, job }: Found): Input =>
  presentInput(row, {
    pinnedInputId: stream.pinnedInputId,
    isLeased: job.state === 'leased',
    statusSince: state.statusSince,
    reported: state.inputs,
  })

const typeInWords: Readonly<Record<InputType, string>> = {
  push: 'an encoder',
  pull: 'an address',
  channel: 'a channel',
  test: 'the test picture',
}

/** What a person calls it: its name, else its kind and host. */
function label({ name, type, shownUrls }: Pick<InputRow, 'name' | 'type' | 'shownUrls'>): string {
  const host = shownUrls?.[0] === undefined ? undefined : URL.parse(shownUrls[0])?.host
  return name ?? (host ? `${typeInWords[type]} at ${host}` : typeInWords[type])
}
