import { sql } from 'drizzle-orm'
import { apiTokens } from '#schema/tables/credentials.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from './token-digest.ts'

/** The admin token of the start: it always works and can't be deleted or narrowed, so nobody locks themselves out. */
export const adminTokenId = 'tok_admin'

/** Makes `token` the admin token; one that was the admin token before is refused from now on, and its sessions end. */
export async function setAdminToken({ db, now }: Pick<Runtime, 'db' | 'now'>, token: string): Promise<void> {
  const digest = await tokenDigest(token)
  await db.batch([
    db.run(sql`DELETE FROM web_sessions WHERE token_id = ${adminTokenId}
      AND NOT EXISTS (SELECT 1 FROM api_tokens WHERE id = ${adminTokenId} AND digest = ${digest})`),
    db
      .insert(apiTokens)
      .values({ id: adminTokenId, name: 'Admin', digest, createdAt: now() })
      .onConflictDoUpdate({ target: apiTokens.id, set: { digest } }),
  ])
}
