import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { DiskSpace, WorkerCapacity } from '../contracts/worker.ts'
import { type drainModes, type VideoEncoder, workerStates } from '../enums.ts'

/** A public key of a worker (RFC 7517, RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519' | 'X25519'
  readonly x: string
}

/** What a worker has left, by encoder. */
export interface ReportedRoom {
  readonly name: VideoEncoder
  readonly encode_units: number
}

/** How a worker is emptied. */
export interface Drain {
  /** `hand_over`: its streams go to other workers at once. `finish`: they may end by themselves until `until`, and go over then. */
  readonly mode: (typeof drainModes)[number]
  /** RFC 3339. */
  readonly since: string
  /** RFC 3339; null: no end. */
  readonly until: string | null
}

/** Every worker that has joined and was not forgotten. */
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
  /** The contract that it speaks (contract-version.ts). */
  contract: integer('contract').notNull().default(1),
  /** The start of its process that was heard of last; null: it does not say. */
  instance: text('instance'),
  /** Starts before that, the last 8: what still comes from them counts for nothing. */
  retiredInstances: text('retired_instances', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  /** What its host calls it by; at most 20. */
  ownLabels: text('own_labels', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  /** What operators call it by, which goes before that; at most 20. */
  givenLabels: text('given_labels', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  room: text('room', { mode: 'json' }).$type<readonly ReportedRoom[] | null>(),
  /** Null: it is not to be emptied. */
  drain: text('drain', { mode: 'json' }).$type<Drain | null>(),
  /** As it said last; it counts as offline once `lastSeenAt` is a lease ago. */
  state: text('state', { enum: workerStates }).notNull(),
  lastSeenAt: integer('last_seen_at', { mode: 'timestamp_ms' }).notNull(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
})
export type WorkerRow = typeof workers.$inferSelect
