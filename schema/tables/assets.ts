import { customType, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { assetContentTypes, assetKinds } from '../asset-types.ts'

/** Bytes, the same on every runtime (Drizzle's own blob needs Node's Buffer). */
const bytes = customType<{ data: Uint8Array; driverData: Uint8Array | ArrayBuffer }>({
  dataType: () => 'blob',
  fromDriver: (value) => (value instanceof Uint8Array ? value : new Uint8Array(value)),
})

/** Uploaded pictures and videos. Until `completedAt` is set, one is still being uploaded and nobody sees it. */
export const assets = sqliteTable(
  'assets',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: assetKinds }).notNull(),
    name: text('name').notNull(),
    contentType: text('content_type', { enum: assetContentTypes }).notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    completedAt: integer('completed_at', { mode: 'timestamp_ms' }),
  },
  (table) => [index('assets_by_age').on(table.createdAt, table.id)],
)
export type AssetRow = typeof assets.$inferSelect

/** What is in them, in pieces of `chunkBytes` (control/assets/store.ts), so that nothing ever holds a whole file. */
export const assetChunks = sqliteTable(
  'asset_chunks',
  {
    assetId: text('asset_id').notNull(),
    /** From 0. */
    position: integer('position').notNull(),
    body: bytes('body').notNull(),
  },
  (table) => [primaryKey({ columns: [table.assetId, table.position] })],
)
