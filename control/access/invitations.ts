import { and, desc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import type { CreateInvitation, Invitation } from '#schema/contracts/access.ts'
import { accessScopes } from '#schema/enums.ts'
import { newId } from '#schema/ids.ts'
import { type InvitationRow, invitations, users } from '#schema/tables/users.ts'
import { hasChangedRow } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from '../secrets/token-digest.ts'
import { requireRoleOf } from './limits.ts'
import type { Principal } from './principal.ts'
import { newToken } from './tokens.ts'
import { loadUser } from './users.ts'

type Access = Pick<Runtime, 'db' | 'now'>

/** Open invitations at most. */
const openMax = 100
const usersMax = 500
/** One that was used or is over stays in the list for so long, milliseconds. */
const overKeptMs = 30 * 24 * 3_600_000

/** Makes an invitation; `secret` is what its link holds behind `#`. Nobody lets somebody in who may do more than they. */
export async function createInvitationFor(
  access: Access,
  maker: Principal,
  wanted: CreateInvitation,
): Promise<{ id: string; secret: string; name: string | null }> {
  const { db, now } = access
  const invited = wanted.user_id === undefined ? undefined : await loadUser(access, wanted.user_id)
  const role = invited?.role ?? wanted.role
  if (role === undefined) throw new ApiError('validation_failed', 'Give a role.')
  requireRoleOf(maker, role)
  const at = now()
  const [open] = await db.select({ count: sql<number>`count(*)` }).from(invitations).where(isOpen(at))
  if ((open?.count ?? 0) >= openMax)
    throw new ApiError('conflict', `There are ${openMax} open invitations already. Delete those that nobody needs.`)
  const secret = newToken('invite')
  const id = newId('inv')
  const name = wanted.name ?? invited?.name ?? null
  await db.insert(invitations).values({
    id,
    digest: await tokenDigest(secret),
    role,
    name,
    userId: invited?.id ?? null,
    createdBy: maker.name,
    createdAt: at,
    expiresAt: new Date(at.getTime() + wanted.expires_in_s * 1000),
  })
  return { id, secret, name }
}

/**
 * Takes an invitation: makes its person (or replaces the sign-in token of one who is here already), once. The answer is
 * their new token.
 */
export async function acceptInvitation(
  { db, now }: Access,
  secret: string,
  name: string,
): Promise<{ tokenId: string; token: string }> {
  const at = now()
  const digest = await tokenDigest(secret)
  const [invitation] = await db
    .select()
    .from(invitations)
    .where(and(eq(invitations.digest, digest), isOpen(at)))
  if (!invitation) throw noInvitation()
  const [counted] = await db.select({ count: sql<number>`count(*)` }).from(users)
  if (invitation.userId === null && (counted?.count ?? 0) >= usersMax)
    throw new ApiError('conflict', `There are ${usersMax} people here already. Ask an owner to remove somebody.`)
  const userId = invitation.userId ?? newId('usr')
  const tokenId = newId('tok')
  const token = newToken('user')
  const isMade = sql`EXISTS (SELECT 1 FROM api_tokens WHERE id = ${tokenId})`
  const [spent] = await db.batch([
    db
      .update(invitations)
      .set({ usedAt: at, userId })
      .where(
        and(
          eq(invitations.id, invitation.id),
          isOpen(at),
          invitation.userId === null ? undefined : sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId})`,
        ),
      )
      .returning({ id: invitations.id }),
    db.run(sql`INSERT INTO api_tokens (id, name, digest, created_at, kind, scopes, user_id, created_by)
      SELECT ${tokenId}, ${'Sign-in'}, ${await tokenDigest(token)}, ${at.getTime()}, 'sign_in',
        ${JSON.stringify(accessScopes)}, ${userId}, ${invitation.createdBy} WHERE ${hasChangedRow}`),
    db.run(sql`INSERT OR IGNORE INTO users (id, name, role, created_at)
      SELECT ${userId}, ${name}, ${invitation.role}, ${at.getTime()} WHERE ${isMade}`),
    // Somebody who is here already: the token that was lost lets nobody in any more.
    db.run(sql`DELETE FROM web_sessions WHERE ${isMade} AND token_id IN
      (SELECT id FROM api_tokens WHERE user_id = ${userId} AND kind = 'sign_in' AND id <> ${tokenId})`),
    db.run(sql`DELETE FROM api_tokens
      WHERE user_id = ${userId} AND kind = 'sign_in' AND id <> ${tokenId} AND ${isMade}`),
  ])
  if (spent.length === 0) throw noInvitation()
  return { tokenId, token }
}

/** Newest first; there are a few hundred at most. */
export async function listInvitations({ db }: Access): Promise<Invitation[]> {
  const rows = await db.select().from(invitations).orderBy(desc(invitations.createdAt), desc(invitations.id)).limit(500)
  return rows.map(presentInvitation)
}

/** One invitation. */
export async function loadInvitation({ db }: Access, id: string): Promise<Invitation> {
  const [row] = await db.select().from(invitations).where(eq(invitations.id, id))
  if (!row) throw notFound('invitation')
  return presentInvitation(row)
}

/** Takes an invitation back: its link lets nobody in. */
export async function deleteInvitation({ db }: Access, id: string): Promise<void> {
  const deleted = await db.delete(invitations).where(eq(invitations.id, id)).returning({ id: invitations.id })
  if (deleted.length === 0) throw notFound('invitation')
}

/** Forgets invitations that were used or over a month ago. */
export async function forgetInvitations({ db, now }: Access): Promise<void> {
  const before = now().getTime() - overKeptMs
  await db.run(sql`DELETE FROM invitations WHERE expires_at < ${before} OR used_at < ${before}`)
}

const isOpen = (at: Date): SQL => and(isNull(invitations.usedAt), gt(invitations.expiresAt, at)) as SQL

const presentInvitation = (row: InvitationRow): Invitation => ({
  id: row.id,
  role: row.role,
  name: row.name,
  user_id: row.userId,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  expires_at: row.expiresAt.toISOString(),
  used_at: row.usedAt?.toISOString() ?? null,
})

const noInvitation = () =>
  new ApiError('unauthorized', 'This invitation is unknown, used or over. Ask the one who sent it for a new one.')
