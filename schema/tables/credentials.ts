import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { PublicJwk } from './workers.ts'

/** Tokens of people and programs that call the API. Only the SHA-256 of a token is kept. */
export const apiTokens = sqliteTable('api_tokens', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  digest: text('digest').notNull().unique(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
})

/** Invitations for workers: each is good for one join. Only the SHA-256 of a token is kept. */
export const joinTokens = sqliteTable('join_tokens', {
  id: text('id').primaryKey(),
  digest: text('digest').notNull().unique(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  /** Null: good until it is used. */
  expiresAt: integer('expires_at', { mode: 'timestamp_ms' }),
  usedAt: integer('used_at', { mode: 'timestamp_ms' }),
})

/** Ed25519 keys that sign jobs and dashboard sessions. All are published; the oldest signs. */
export const signingKeys = sqliteTable('signing_keys', {
  kid: text('kid').primaryKey(),
  publicJwk: text('public_jwk', { mode: 'json' }).$type<PublicJwk>().notNull(),
  /** The private JWK as JSON, sealed (control/secrets/secret-box.ts). */
  privateJwkSealed: text('private_jwk_sealed').notNull(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
})
