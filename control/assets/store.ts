import { and, asc, eq, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { Asset } from '#schema/contracts/asset.ts'
import { type AssetRow, assetChunks, assets } from '#schema/tables/assets.ts'
import type { Database } from '../db/database.ts'
import { notFound } from '../errors.ts'

/** One row of asset_chunks, bytes; a database over HTTP gets it as one request of 350 KB. */
export const chunkBytes = 256 * 1024
/** An upload that takes longer than this was given up, milliseconds. */
const givenUpMs = 60 * 60 * 1000

/** An asset as the API answers it. */
export const presentAsset = (row: AssetRow): Asset => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  content_type: row.contentType,
  size_bytes: row.sizeBytes,
  sha256: row.sha256,
  created_at: row.createdAt.toISOString(),
})

/** SQL: it has been uploaded whole. */
export const isComplete = isNotNull(assets.completedAt)

/** A 404 where there is no such asset. */
export async function requireAsset(db: Database, id: string): Promise<AssetRow> {
  const [row] = await db
    .select()
    .from(assets)
    .where(and(eq(assets.id, id), isComplete))
  if (!row) throw notFound('asset')
  return row
}

/** The assets of these ids that there are, by id. */
export async function findAssets(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, AssetRow>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select()
    .from(assets)
    .where(and(inArray(assets.id, [...ids]), isComplete))
  return new Map(rows.map((row) => [row.id, row]))
}

/** Statements: the asset and all of its content go. */
export const removeAsset = (db: Database, id: string) =>
  [db.delete(assetChunks).where(eq(assetChunks.assetId, id)), db.delete(assets).where(eq(assets.id, id))] as const

/** Removes what is left of uploads that broke off when the process did. */
export async function forgetGivenUp(db: Database, now: Date): Promise<void> {
  const rows = await db
    .select({ id: assets.id })
    .from(assets)
    .where(and(isNull(assets.completedAt), lt(assets.createdAt, new Date(now.getTime() - givenUpMs))))
  for (const { id } of rows) await db.batch(removeAsset(db, id))
}

/** Bytes of all assets, those being uploaded with what has come. */
export async function storedBytes(db: Database): Promise<number> {
  const [row] = await db.select({ bytes: sql<number>`coalesce(sum(${assets.sizeBytes}), 0)` }).from(assets)
  return Number(row?.bytes ?? 0)
}

/**
 * The bytes `from`–`to` (the last one included) of an asset. One chunk at a time is in memory, and is only read when the
 * one before it is wanted no more.
 */
export function readContent(db: Database, id: string, from: number, to: number): ReadableStream<Uint8Array> {
  let position = Math.floor(from / chunkBytes)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const start = position * chunkBytes
        const [chunk] = await db
          .select({ body: assetChunks.body })
          .from(assetChunks)
          .where(and(eq(assetChunks.assetId, id), eq(assetChunks.position, position)))
          .orderBy(asc(assetChunks.position))
        if (!chunk) throw new Error(`Asset ${id} lacks chunk ${position}.`)
        controller.enqueue(chunk.body.subarray(Math.max(0, from - start), to + 1 - start))
        position++
        if (position * chunkBytes > to) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
