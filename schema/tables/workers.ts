import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { DiskSpace, WorkerCapacity } from '../contracts/worker.ts'
import { workerStates } from '../enums.ts'

/** A public key of a worker (RFC 7517, RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519' | 'X25519'
  readonly x: string
}

/** Every worker that has joined. */
export const workers = sqliteTable('workers', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  version: text('version').notNull(),
  signingKey: text('signing_key', { mode: 'json' }).$type<PublicJwk>().notNull(),
  sealingKey: text('sealing_key', { mode: 'json' }).$type<PublicJwk>().notNull(),
  originUrl: text('origin_url').notNull(),
  rtmpUrl: text('rtmp_url').notNull(),
  /** Null: it has not been heard of since workers take SRT. */
  srtUrl: text('srt_url'),
  capacity: text('capacity', { mode: 'json' }).$type<WorkerCapacity>().notNull(),
  /** Of the folder that it writes to; null: it does not say. */
  disk: text('disk', { mode: 'json' }).$type<DiskSpace>(),
  /** As it said last; it counts as offline once `lastSeenAt` is a lease ago. */
  state: text('state', { enum: workerStates }).notNull(),
  lastSeenAt: integer('last_seen_at', { mode: 'timestamp_ms' }).notNull(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
})
export type WorkerRow = typeof workers.$inferSelect
