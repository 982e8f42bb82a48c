import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { userRoles } from '../enums.ts'

/** People who use the dashboard, 500 at most. They sign in with a token of theirs (credentials.ts). */
export const users = sqliteTable('users', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  role: text('role', { enum: userRoles }).notNull(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
})
export type UserRow = typeof users.$inferSelect

/** Links that let one person in, each good once; 100 at most. Only the SHA-256 of what the link holds is kept. */
export const invitations = sqliteTable(
  'invitations',
  {
    id: text('id').primaryKey(),
    digest: text('digest').notNull().unique(),
    role: text('role', { enum: userRoles }).notNull(),
    /** Who it is for, in words; null: not said. */
    name: text('name'),
    /** Somebody who is here already and gets a new sign-in token; null: somebody new. */
    userId: text('user_id'),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    expiresAt: integer('expires_at', { mode: 'timestamp_ms' }).notNull(),
    /** Null: still open. */
    usedAt: integer('used_at', { mode: 'timestamp_ms' }),
  },
  (table) => [index('invitations_by_user').on(table.userId)],
)
export type InvitationRow = typeof invitations.$inferSelect
