import { asc, eq, sql } from 'drizzle-orm'
import type { PatchUser, User } from '#schema/contracts/access.ts'
import { users } from '#schema/tables/users.ts'
import type { Database } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import { asShown, batchAsRead, isStill } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { requireRoleOf } from './limits.ts'
import type { Principal } from './principal.ts'

type Access = Pick<Runtime, 'db' | 'now'>

/** SQL, on a row of `users`: somebody else is an owner too. */
const isNotLastOwner = sql`(role <> 'owner' OR (SELECT count(*) FROM users WHERE role = 'owner') > 1)`

/** Everybody, longest here first; there are 500 at most. */
export async function listUsers({ db }: Access): Promise<User[]> {
  return (await selectUsers(db).orderBy(asc(users.createdAt), asc(users.id))).map(presentUser)
}

/** One person. */
export async function loadUser({ db }: Access, id: string): Promise<User> {
  return presentUser(await requireUser(db, id))
}

/** Renames somebody, or gives them another role: their sign-ins end then, and what their tokens may do follows at once. */
export async function changeUser({ db }: Access, maker: Principal, id: string, wanted: PatchUser): Promise<void> {
  const { name, role } = wanted
  if (role !== undefined) requireRoleOf(maker, role)
  const before = await requireUser(db, id)
  const isNewRole = role !== undefined && role !== before.role
  const [changed] = await batchAsRead(db, unchanged(before), [
    db
      .update(users)
      .set({ name: name ?? sql`name`, ...(isNewRole && { role }) })
      .where(sql`id = ${id} AND ${isNewRole && role !== 'owner' ? isNotLastOwner : sql`true`}`)
      .returning({ id: users.id }),
    db.run(sql`DELETE FROM web_sessions WHERE ${isNewRole ? sql`true` : sql`false`}
      AND token_id IN (SELECT api_tokens.id FROM api_tokens JOIN users ON users.id = user_id
        WHERE user_id = ${id} AND role = ${role ?? before.role})`),
  ])
  if (changed.length === 0) throw lastOwner('another role')
}

/** Removes somebody with their sign-ins, their tokens and the invitations that are for them. */
export async function removeUser({ db }: Access, id: string): Promise<void> {
  const isGone = sql`NOT EXISTS (SELECT 1 FROM users WHERE id = ${id})`
  const before = await requireUser(db, id)
  const [removed] = await batchAsRead(db, unchanged(before), [
    db.delete(users).where(sql`id = ${id} AND ${isNotLastOwner}`).returning({ id: users.id }),
    db.run(sql`DELETE FROM web_sessions WHERE ${isGone}
      AND token_id IN (SELECT id FROM api_tokens WHERE user_id = ${id})`),
    db.run(sql`DELETE FROM api_tokens WHERE ${isGone} AND user_id = ${id}`),
    db.run(sql`DELETE FROM invitations WHERE ${isGone} AND user_id = ${id}`),
  ])
  if (removed.length > 0) return
  await requireUser(db, id)
  throw lastOwner('removed')
}

async function requireUser(db: Database, id: string) {
  const [row] = await selectUsers(db).where(eq(users.id, id))
  if (!row) throw notFound('user')
  return row
}

/** SQL: they are still as the one who changes them has read. */
const unchanged = (row: UserRecord) => asShown(presentUser(row), isStill(users, row, 'name', 'role'))

const selectUsers = (db: Database) =>
  db
    .select({
      id: users.id,
      name: users.name,
      role: users.role,
      createdAt: users.createdAt,
      lastUsedMs: sql<
        number | null
      >`(SELECT max(last_used_at) FROM api_tokens WHERE api_tokens.user_id = ${sql.raw('users.id')})`,
    })
    .from(users)

type UserRecord = Awaited<ReturnType<typeof selectUsers>>[number]

const presentUser = (row: UserRecord): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  created_at: row.createdAt.toISOString(),
  last_used_at: row.lastUsedMs === null ? null : new Date(row.lastUsedMs).toISOString(),
})

const lastOwner = (what: 'removed' | 'another role') =>
  new ApiError(
    'conflict',
    what === 'removed'
      ? "This is the last owner and can't be removed. Make somebody else an owner first."
      : "This is the last owner and can't get another role. Make somebody else an owner first.",
  )
