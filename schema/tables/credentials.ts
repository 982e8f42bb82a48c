import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { type AccessScope, accessScopes } from '../enums.ts'
import type { PublicJwk } from './workers.ts'

/** `api`: of programs. `sign_in`: what a person signs in with; each has one. */
const tokenKinds = ['api', 'sign_in'] as const

/** Tokens of people and programs that call the API, 1,000 at most. Only the SHA-256 of a token is kept. */
export const apiTokens = sqliteTable(
  'api_tokens',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    digest: text('digest').notNull().unique(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    kind: text('kind', { enum: tokenKinds }).notNull().default('api'),
    /** What it may do, where its user's role allows that too. */
    scopes: text('scopes', { mode: 'json' })
      .$type<readonly AccessScope[]>()
      .notNull()
      .default([...accessScopes]),
    /** The one live stream that it is for; null: all. */
    liveStreamId: text('live_stream_id'),
    /** Whose it is: it can do no more than they, and goes with them. Null: it belongs to the install. */
    userId: text('user_id'),
    /** Who made it, in words; null: a start of Weir. */
    createdBy: text('created_by'),
    /** Null: good until it is deleted. */
    expiresAt: integer('expires_at', { mode: 'timestamp_ms' }),
    /** Written once a minute at most. */
    lastUsedAt: integer('last_used_at', { mode: 'timestamp_ms' }),
  },
  (table) => [index('api_tokens_by_user').on(table.userId), index('api_tokens_by_stream').on(table.liveStreamId)],
)
export type ApiTokenRow = typeof apiTokens.$inferSelect

/** Sign-ins to the dashboard, 20 per token at most. Only the SHA-256 of what the cookie holds is kept. */
export const webSessions = sqliteTable(
  'web_sessions',
  {
    id: text('id').primaryKey(),
    digest: text('digest').notNull().unique(),
    tokenId: text('token_id').notNull(),
    /** What the browser calls itself, cut to 200 characters. */
    browser: text('browser').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    expiresAt: integer('expires_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('web_sessions_by_token').on(table.tokenId), index('web_sessions_by_end').on(table.expiresAt)],
)

/** Invitations for workers: each is good for one join. Only the SHA-256 of a token is kept. */
export const joinTokens = sqliteTable('join_tokens', {
  id: text('id').primaryKey(),
  digest: text('digest').notNull().unique(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  /** Null: good until it is used. */
  expiresAt: integer('expires_at', { mode: 'timestamp_ms' }),
  usedAt: integer('used_at', { mode: 'timestamp_ms' }),
  /** What the worker is called that joins with it; null: as it calls itself. */
  name: text('name'),
  /** What operators call that worker by. */
  labels: text('labels', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  /** Who has joined with it. */
  workerId: text('worker_id'),
})

/** Ed25519 keys that sign jobs. All here are published; the one that began to sign last signs. Five at most. */
export const signingKeys = sqliteTable('signing_keys', {
  kid: text('kid').primaryKey(),
  publicJwk: text('public_jwk', { mode: 'json' }).$type<PublicJwk>().notNull(),
  /** The private JWK as JSON, sealed (control/secrets/secret-box.ts). */
  privateJwkSealed: text('private_jwk_sealed').notNull(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  /** It is published first, and signs from then on. */
  signsFrom: integer('signs_from', { mode: 'timestamp_ms' }).notNull().default(sql`0`),
  /** What it signed is good until then; after that it is deleted. Null: no end is set. */
  retiresAt: integer('retires_at', { mode: 'timestamp_ms' }),
})
